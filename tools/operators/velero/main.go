// The server of Velero, and its own plug-ins, which it starts as another process of this program. Velero's command has the same
// two and its client, which prints with k8s.io/cli-runtime: the module proxy does not have the version that it requires.
package main

import (
	"os"

	"github.com/spf13/cobra"

	"github.com/vmware-tanzu/velero/pkg/client"
	"github.com/vmware-tanzu/velero/pkg/cmd/server"
	"github.com/vmware-tanzu/velero/pkg/cmd/server/plugin"
	"github.com/vmware-tanzu/velero/pkg/cmd/util/flag"
	"github.com/vmware-tanzu/velero/pkg/features"
)

func main() {
	var enabled flag.StringArray
	command := &cobra.Command{
		Use:              "velero",
		PersistentPreRun: func(*cobra.Command, []string) { features.Enable(enabled...) },
	}
	factory := client.NewFactory("velero", client.VeleroConfig{})
	factory.BindFlags(command.PersistentFlags())
	command.PersistentFlags().Var(&enabled, "features", "features to enable, separated by commas")
	command.AddCommand(server.NewCommand(factory), plugin.NewCommand(factory))
	if command.Execute() != nil {
		os.Exit(1)
	}
}
