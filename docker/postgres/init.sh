#!/bin/sh
# Run once by the image `postgres`, when its data folder is empty: roles, then users with the passwords of the environment.
set -eu
run() {
  psql --no-psqlrc --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" "$@"
}
run --file /etc/tidemark/roles.sql
run --file /etc/tidemark/users.sql --set deploy_password="$DEPLOY_PASSWORD" --set app_password="$APP_PASSWORD" \
  --set readonly_password="$READONLY_PASSWORD"
