"""The Job that makes exchanges, queues, bindings, users and rights of a native RabbitMQ, from all constructs and edges of the app.

It calls the HTTP API of the management plugin (https://www.rabbitmq.com/docs/http-api-reference) as the first user of the broker. The
image has no client for HTTP but Erlang itself, so the Job is a script for ``escript``, with the ``json`` module that Erlang has from 27 on:
images of RabbitMQ 4.1 and newer. Definitions that a node loads at start would need hashes of passwords in the output, and do not
overwrite what is there (https://www.rabbitmq.com/docs/definitions#import-on-boot-nuances).

It can run at any time again. No queue and no exchange is deleted. Users and bindings that it made before, and that no construct or edge
needs any more, are removed: they have a tag or an argument by which it knows them. What it makes is in its pod template, and a hash of
the template is in the name of the Job, so a change is another Job, which runs once.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from kmop_constructs.components.data.rabbitmq.rights import NOTHING, accounts_of, pattern_of, rights_of
from kmop_constructs.components.data.rabbitmq.topology import BindingDrawn, ExchangeDrawn, QueueDrawn
from kmop_constructs.providers.native.data.setup_job import KEPT, SetupJob
from kmop_constructs.values.env import SecretKey
from kmop_constructs.values.quantity import Cpu, Size
from kmop_constructs.values.resources import Resources
from kmop_constructs.values.security import Security
from kmop_constructs.workloads.task import Task, TaskSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from kmop_constructs.components.data.spec import Credentials
    from kmop_constructs.core.reading import Synthesis
    from kmop_constructs.providers.native.data.store import NativeDataOptions
    from kmop_constructs.values.env import EnvValue
    from kmop_constructs.values.image import Image


__all__ = ["MARK", "SCRIPT", "RabbitMqSetup", "makes_topology", "setup_spec"]

MARK = "kmop-constructs"
"""Tag of users, and argument ``x-made-by`` of bindings. Tags of other names than those of the management UI have no effect
(https://www.rabbitmq.com/docs/access-control#user-tags)."""

_OLDEST = (4, 1)
_RESOURCES = Resources(cpu=Cpu("100m"), memory=Size("256Mi"))
_DEADLINE = timedelta(hours=1)

SCRIPT = """\
#!/usr/bin/env escript
main(_) ->
    {ok, _} = application:ensure_all_started(inets),
    Wanted = json:decode(text("TOPOLOGY")),
    #{<<"vhost">> := Vhost, <<"puts">> := Puts, <<"gone">> := Gone, <<"bindings">> := Bindings, <<"users">> := Users} = Wanted,
    wait(60),
    %% Rights first: what cannot be declared does not keep a right that is taken back.
    allow(Vhost, Users),
    [call(put, Path, Body) || [Path, Body] <- Puts],
    [call(delete, Path, none) || Path <- Gone],
    bind(Vhost, Bindings),
    io:format("exchanges, queues, bindings, users and rights are as declared~n").

wait(Tries) ->
    case request(get, <<"/api/whoami">>, none) of
        {200, _} -> ok;
        Other when Tries =:= 0 -> fail("the broker does not answer: ~p~n", [Other]);
        _ -> timer:sleep(5000), wait(Tries - 1)
    end.

bind(Vhost, Bindings) ->
    Path = <<"/api/bindings/", Vhost/binary>>,
    Ours = fun(#{<<"arguments">> := Arguments}) -> is_map_key(<<"x-made-by">>, Arguments) end,
    Before = lists:filter(Ours, json:decode(call(get, Path, none))),
    Key = fun(Each) -> maps:with([<<"source">>, <<"destination">>, <<"routing_key">>, <<"arguments">>], Each) end,
    New = Bindings -- [Key(Each) || Each <- Before],
    Gone = [Each || Each <- Before, not lists:member(Key(Each), Bindings)],
    [call(post, between(Path, Each), maps:with([<<"routing_key">>, <<"arguments">>], Each)) || Each <- New],
    [call(delete, <<(between(Path, Each))/binary, "/", (quoted(Name))/binary>>, none)
     || #{<<"properties_key">> := Name} = Each <- Gone].

between(Path, #{<<"source">> := Exchange, <<"destination">> := Queue}) ->
    <<Path/binary, "/e/", (quoted(Exchange))/binary, "/q/", (quoted(Queue))/binary>>.

allow(Vhost, Users) ->
    Admin = text("ADMIN_USER"),
    Before = [Name || #{<<"name">> := Name, <<"tags">> := Tags} <- json:decode(call(get, <<"/api/users">>, none)),
                      lists:member(<<"kmop-constructs">>, Tags)],
    Listed = [name(User) || User <- Users],
    Listed -- lists:usort(Listed) =:= [] orelse fail("two logins are of one user: ~tp~n", [Listed -- lists:usort(Listed)]),
    Names = [user(Vhost, Admin, User) || User <- Users],
    [call(delete, <<"/api/users/", (quoted(Name))/binary>>, none) || Name <- Before, not lists:member(Name, Names)].

name(#{<<"name">> := Name}) -> Name;
name(#{<<"variable">> := Variable}) -> text(binary_to_list(Variable)).

user(Vhost, Admin, #{<<"password">> := Password, <<"rights">> := Rights, <<"keys">> := Keys} = User) ->
    Name = name(User),
    Name =/= Admin orelse fail("~ts is the user of RabbitMqSpec.credentials, which has all rights~n", [Name]),
    Login = #{<<"password">> => text(binary_to_list(Password)), <<"tags">> => <<"kmop-constructs">>},
    call(put, <<"/api/users/", (quoted(Name))/binary>>, Login),
    %% Keys are narrowed before a right is given, and widened after one is taken: an exchange without keys takes any.
    Topics = <<"/api/topic-permissions/", Vhost/binary, "/", (quoted(Name))/binary>>,
    [call(put, Topics, Each) || Each <- Keys],
    call(put, <<"/api/permissions/", Vhost/binary, "/", (quoted(Name))/binary>>, Rights),
    Before = json:decode(call(get, <<"/api/users/", (quoted(Name))/binary, "/topic-permissions">>, none)),
    Kept = [Exchange || #{<<"exchange">> := Exchange} <- Keys],
    [call(put, Topics, #{<<"exchange">> => Exchange, <<"write">> => <<".*">>, <<"read">> => <<".*">>})
     || #{<<"exchange">> := Exchange, <<"vhost">> := In} <- Before, quoted(In) =:= Vhost, not lists:member(Exchange, Kept)],
    Name.

call(Method, Path, Body) ->
    case request(Method, Path, Body) of
        {Status, Answer} when Status >= 200, Status < 300 -> Answer;
        {404, Answer} when Method =:= delete -> Answer;
        {error, Reason} -> fail("~p ~ts: ~p~n", [Method, Path, Reason]);
        {Status, Answer} -> fail("~p ~ts: ~p ~ts~n", [Method, Path, Status, Answer])
    end.

request(Method, Path, Body) ->
    Url = unicode:characters_to_list([<<"http://">>, text("MANAGEMENT"), Path]),
    Login = base64:encode(<<(text("ADMIN_USER"))/binary, ":", (text("ADMIN_PASSWORD"))/binary>>),
    Headers = [{"authorization", "Basic " ++ binary_to_list(Login)}],
    Request = case Body of
        none -> {Url, Headers};
        _ -> {Url, Headers, "application/json", iolist_to_binary(json:encode(Body))}
    end,
    %% Without `ssl`, httpc reads the authorities of the system even for plain HTTP, and fails where there are none.
    Options = [{timeout, 30000}, {autoredirect, false}, {ssl, []}],
    case httpc:request(Method, Request, Options, [{body_format, binary}]) of
        {ok, {{_, Status, _}, _, Answer}} -> {Status, Answer};
        {error, Reason} -> {error, Reason}
    end.

quoted(Text) ->
    uri_string:quote(Text).

text(Name) ->
    unicode:characters_to_binary(os:getenv(Name, "")).

fail(Format, Values) ->
    io:format(standard_error, Format, Values),
    halt(1).
"""

_START = f"cat >/tmp/setup.escript <<'END'\n{SCRIPT}END\nexec escript /tmp/setup.escript\n"
"""The script is in the pod template and not in a ConfigMap, so that another one is another Job."""


def makes_topology(version: str) -> bool:
    """Return whether the image of a version can run the Job."""
    found = re.match(r"v?(\d+)(?:\.(\d+))?", version)
    return found is None or (int(found[1]), int(found[2] or 99)) >= _OLDEST


def setup_spec(image: Image, login: Credentials, virtual_host: str, options: NativeDataOptions) -> TaskSpec:
    """Return the spec of the Job, without what only the whole app knows."""
    user: EnvValue = login.user or ""
    alone = json.dumps({"vhost": quote(virtual_host, safe="")})
    return TaskSpec(
        image=image,
        command=("sh", "-c", _START),
        env={"ADMIN_USER": user, "ADMIN_PASSWORD": login.password, "HOME": "/tmp", "TOPOLOGY": alone},  # noqa: S108 - where Erlang may write
        resources=_RESOURCES,
        security=Security(run_as_user=options.user or 999, run_as_group=options.group or 999),
        labels=options.labels,
        placement=options.placement,
        retries=3,
        deadline=_DEADLINE,
        keep=KEPT,
    )


class _SetupJob(SetupJob):
    """The Job, with the topology of the whole app."""

    def _variables(self, synthesis: Synthesis, env: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
        vhost = json.loads(next(each["value"] for each in env if each["name"] == "TOPOLOGY"))["vhost"]
        others = [each for each in env if each["name"] != "TOPOLOGY"]
        return [*others, *_wanted(synthesis, self._broker, vhost)]


class RabbitMqSetup(Task):
    """The Job of a native RabbitMQ that makes its exchanges, queues, bindings, users and rights."""

    _drawer = _SetupJob


def _wanted(synthesis: Synthesis, broker: str, at: str) -> Iterator[Mapping[str, Any]]:
    """Yield the variables of the Job: what it makes, and the login of each user by reference. `at` is the virtual host, quoted."""
    users: list[dict[str, Any]] = []
    logins: list[Mapping[str, Any]] = []
    for number, uses in enumerate(accounts_of(synthesis, broker).values(), start=1):
        login = next(each.credentials for each in uses if each.credentials is not None)
        rights = rights_of(each.use for each in uses)
        user: dict[str, Any] = {
            "password": f"PASSWORD_{number}",
            "rights": {"configure": rights.configure, "write": rights.write, "read": rights.read},
            "keys": [{"exchange": name, "write": keys, "read": NOTHING} for name, keys in rights.keys],
        }
        if isinstance(login.user, SecretKey):
            user["variable"] = f"USER_{number}"
            logins.append(_reference(f"USER_{number}", login.user))
        else:
            user["name"] = str(login.user)
        logins.append(_reference(f"PASSWORD_{number}", login.password))
        users.append(user)
    bindings = [each for each in synthesis.facts(BindingDrawn) if each.broker == broker]
    wanted = {
        "vhost": at,
        "puts": [*_declared(synthesis, broker, at)],
        "gone": sorted(_gone(synthesis, broker, at)),
        "bindings": [_binding(each) for each in sorted(bindings, key=lambda each: each.path)],
        "users": users,
    }
    # Kubernetes would replace $(NAME) in it.
    yield {"name": "TOPOLOGY", "value": json.dumps(wanted, sort_keys=True).replace("$(", "\\u0024(")}
    yield from logins


def _reference(name: str, key: SecretKey) -> Mapping[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": key.name, "key": key.key}}}


def _declared(synthesis: Synthesis, broker: str, at: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield path and body of each exchange, queue and policy. One that is there with other arguments is an error of the API."""
    for exchange in synthesis.facts(ExchangeDrawn):
        if exchange.broker == broker:
            body: dict[str, Any] = {"type": exchange.spec.kind, "durable": True, "auto_delete": False, "arguments": {}}
            yield f"/api/exchanges/{at}/{quote(exchange.spec.name, safe='')}", body
    for queue in synthesis.facts(QueueDrawn):
        if queue.broker == broker:
            name = quote(queue.spec.name, safe="")
            yield f"/api/queues/{at}/{name}", {"durable": True, "auto_delete": False, "arguments": queue.spec.arguments}
            if queue.spec.policy:
                yield (
                    f"/api/policies/{at}/{name}",
                    {
                        "pattern": pattern_of((queue.spec.name,)),
                        "definition": queue.spec.policy,
                        "apply-to": "queues",
                        "priority": 0,
                    },
                )


def _gone(synthesis: Synthesis, broker: str, at: str) -> Iterator[str]:
    """Yield the path of the policy that each queue without one may have had before."""
    for queue in synthesis.facts(QueueDrawn):
        if queue.broker == broker and not queue.spec.policy:
            yield f"/api/policies/{at}/{quote(queue.spec.name, safe='')}"


def _binding(binding: BindingDrawn) -> Mapping[str, Any]:
    return {
        "source": binding.spec.exchange,
        "destination": binding.spec.queue,
        "routing_key": binding.spec.key,
        "arguments": {**binding.spec.arguments, "x-made-by": MARK},
    }
