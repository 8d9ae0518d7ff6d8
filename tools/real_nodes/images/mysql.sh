#!/bin/sh
# What the official image of MySQL does at its start, as far as this project's stores use it: make the database once, with
# the variables and files that the image documents (https://hub.docker.com/_/mysql), then run the server. It is MariaDB, because
# Debian has no MySQL: what both have in common can be tested, and no argument that only MySQL knows.
set -eu
data=/var/lib/mysql run=/var/run/mysqld
value() {
  eval "text=\${$1:-} file=\${$1_FILE:-}"
  [ -z "$file" ] || text=$(cat "$file")
  printf %s "$text"
}
sql() { mariadb --no-defaults --socket="$run/mysqld.sock" --user=root "$@"; }
set -- mariadbd --no-defaults --datadir="$data" --socket="$run/mysqld.sock" --pid-file="$run/mysqld.pid" "$@"
if [ ! -d "$data/mysql" ]; then
  password=$(value MYSQL_ROOT_PASSWORD) database=${MYSQL_DATABASE:-} user=${MYSQL_USER:-}
  [ -n "$password" ] || { echo 'MYSQL_ROOT_PASSWORD or MYSQL_ROOT_PASSWORD_FILE must be set' >&2; exit 1; }
  mariadb-install-db --no-defaults --datadir="$data" --auth-root-authentication-method=normal --skip-test-db \
    --force
  "$@" --skip-networking &
  until sql -e 'SELECT 1' > /dev/null 2>&1; do sleep 0.2; done
  host=${MYSQL_ROOT_HOST:-%}
  [ "$host" = localhost ] || sql -e "CREATE USER root@'$host' IDENTIFIED BY '$password'; GRANT ALL ON *.* TO root@'$host' WITH GRANT OPTION"
  [ -z "$database" ] || sql -e "CREATE DATABASE \`$database\`"
  [ -z "$user" ] || sql -e "CREATE USER '$user'@'%' IDENTIFIED BY '$(value MYSQL_PASSWORD)'"
  [ -z "$user" ] || [ -z "$database" ] || sql -e "GRANT ALL ON \`$database\`.* TO '$user'@'%'"
  for file in /docker-entrypoint-initdb.d/*; do
    case $file in
    *.sh) if [ -x "$file" ]; then "$file"; else . "$file"; fi ;;
    *.sql) sql ${database:+"$database"} < "$file" ;;
    esac
  done
  sql -e "ALTER USER root@localhost IDENTIFIED BY '$password'"
  mariadb-admin --no-defaults --socket="$run/mysqld.sock" --user=root --password="$password" shutdown
  wait
fi
exec "$@"
