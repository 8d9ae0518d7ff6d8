// Package builtinplugins: what the tests need beside the smallest set of Vault's own, in place of every plugin. The clouds'
// libraries are most of the build.
package builtinplugins

import (
	credKube "github.com/hashicorp/vault-plugin-auth-kubernetes"
	dbPostgres "github.com/hashicorp/vault/plugins/database/postgresql"
)

func extendAddonPlugins(r *registry) {
	r.credentialBackends["kubernetes"] = credentialBackend{Factory: credKube.Factory}
	r.databasePlugins["postgresql-database-plugin"] = databasePlugin{Factory: dbPostgres.New}
}
