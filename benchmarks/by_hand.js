// The same as by_hand.py, in JavaScript: `node benchmarks/by_hand.js FACTS FOLDER`, the facts as `shapes.facts` has them.
"use strict";

const fs = require("fs");
const { ApiObject, App, Chart, Duration, JsonPatch, Size } = require("cdk8s");
const kp = require("cdk8s-plus-27");

const [factsFile, folder] = process.argv.slice(2);
const { port: PORT, health: HEALTH, env: ENV, configFile: CONFIG_FILE, services } = JSON.parse(
  fs.readFileSync(factsFile, "utf8"),
);

function draw(app) {
  let previous, chart;
  for (const shape of services) {
    if (chart?.namespace !== shape.namespace) {
      chart = new Chart(app, shape.namespace, { namespace: shape.namespace, disableResourceNameHashes: true });
    }
    previous = service(chart, shape, previous);
  }
}

function service(chart, shape, previous) {
  const { name, namespace } = shape;
  const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/version": "1.4.2" };
  const metadata = { name, labels };
  const variables = { ...ENV };
  if (previous !== undefined) {
    const host = previous.namespace === namespace ? previous.name : `${previous.name}.${previous.namespace}.svc`;
    variables[`${previous.name.toUpperCase().replaceAll("-", "_")}_URL`] = `http://${host}:${PORT}`;
  }
  const account = new kp.ServiceAccount(chart, `${name}-account`, { metadata, automountToken: false });
  const mounts = [{ path: "/tmp", volume: kp.Volume.fromEmptyDir(chart, `${name}-tmp`, "tmp") }];
  if (shape.config !== null) {
    const config = new kp.ConfigMap(chart, `${name}-files`, {
      metadata: { name: `${name}-files`, labels },
      data: { "app.yaml": shape.config },
    });
    const volume = kp.Volume.fromConfigMap(chart, `${name}-config`, config, { name: "files" });
    mounts.push({ path: CONFIG_FILE.slice(0, CONFIG_FILE.lastIndexOf("/")), volume });
  }
  const deployment = new kp.Deployment(chart, `${name}-deployment`, {
    metadata,
    podMetadata: { labels },
    replicas: shape.autoscaled ? undefined : 2,
    strategy: kp.DeploymentStrategy.rollingUpdate({
      maxSurge: kp.PercentOrAbsolute.percent(25),
      maxUnavailable: kp.PercentOrAbsolute.absolute(0),
    }),
    progressDeadline: Duration.seconds(600),
    serviceAccount: account,
    automountServiceAccountToken: false,
    terminationGracePeriod: Duration.seconds(40),
    securityContext: { ensureNonRoot: true, user: 65532, group: 65532 },
    spread: true,
    containers: [container(shape, variables, mounts)],
  });
  const clusterService = new kp.Service(chart, `${name}-service`, {
    metadata,
    selector: deployment,
    ports: [{ name: "http", port: PORT, targetPort: PORT }],
  });
  const policy = networkPolicy(chart, metadata, deployment, previous);
  budget(chart, metadata, labels);
  if (shape.autoscaled) {
    new kp.HorizontalPodAutoscaler(chart, `${name}-autoscaler`, {
      metadata,
      target: deployment,
      minReplicas: 2,
      maxReplicas: 10,
      metrics: [
        kp.Metric.containerCpu({
          container: deployment.containers[0],
          target: kp.MetricTarget.averageUtilization(70),
        }),
      ],
    });
  }
  if (shape.host !== null) {
    policy.addIngressRule(kp.Namespaces.select(chart, `${name}-controller`, { names: ["ingress-nginx"] }), [
      kp.NetworkPolicyPort.tcp(PORT),
    ]);
    const backend = kp.IngressBackend.fromService(clusterService);
    new kp.Ingress(chart, `${name}-ingress`, {
      metadata,
      rules: [{ host: shape.host, backend, path: "/", pathType: kp.HttpIngressPathType.PREFIX }],
    });
  }
  return { name, namespace, deployment, policy };
}

function container(shape, variables, mounts) {
  return {
    name: shape.name,
    image: shape.image,
    imagePullPolicy: kp.ImagePullPolicy.ALWAYS,
    ports: [{ name: "http", number: PORT }],
    envVariables: Object.fromEntries(
      Object.entries(variables).map(([key, value]) => [key, kp.EnvValue.fromValue(value)]),
    ),
    resources: {
      cpu: { request: kp.Cpu.millis(250) },
      memory: { request: Size.mebibytes(256), limit: Size.mebibytes(256) },
      ephemeralStorage: { request: Size.gibibytes(1), limit: Size.gibibytes(1) },
    },
    readiness: kp.Probe.fromHttpGet(HEALTH, { port: PORT }),
    liveness: kp.Probe.fromTcpSocket({ port: PORT }),
    startup: kp.Probe.fromHttpGet(HEALTH, { port: PORT, periodSeconds: Duration.seconds(5), failureThreshold: 60 }),
    lifecycle: { preStop: kp.Handler.fromCommand(["sleep", "10"]) },
    securityContext: {
      ensureNonRoot: true,
      user: 65532,
      group: 65532,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: [kp.Capability.NET_RAW] },
    },
    volumeMounts: mounts,
  };
}

function networkPolicy(chart, metadata, deployment, previous) {
  const dns = {
    peer: kp.NetworkPolicyIpBlock.anyIpv4(chart, `${metadata.name}-dns`),
    ports: [kp.NetworkPolicyPort.tcp(53), kp.NetworkPolicyPort.udp(53)],
  };
  const policy = new kp.NetworkPolicy(chart, `${metadata.name}-network`, {
    metadata,
    selector: deployment,
    ingress: { default: kp.NetworkPolicyTrafficDefault.DENY },
    egress: { default: kp.NetworkPolicyTrafficDefault.DENY, rules: [dns] },
  });
  if (previous !== undefined) {
    policy.addEgressRule(previous.deployment, [kp.NetworkPolicyPort.tcp(PORT)]);
    previous.policy.addIngressRule(deployment, [kp.NetworkPolicyPort.tcp(PORT)]);
  }
  return policy;
}

function budget(chart, metadata, labels) {
  const object = new ApiObject(chart, `${metadata.name}-budget`, {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata,
  });
  const selector = { matchLabels: { "app.kubernetes.io/name": labels["app.kubernetes.io/name"] } };
  object.addJsonPatch(
    JsonPatch.add("/spec", { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector }),
  );
}

const app = new App({ outdir: folder });
draw(app);
app.synth();
