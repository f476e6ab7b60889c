-- Two roles for a database of its own, so that the worker has no more rights than it needs:
--
--   ingestion_owner    owns the schema; `migrate` connects with it, and `compare`, which creates schemas of its own and drops them
--   ingestion_worker   reads and writes rows; `run`, `status`, `redrive`, `dead` and `validate` connect with it, with Storage:MigrateOnStart=false
--
--   psql --dbname ingestion --file deploy/postgres/roles.sql
--   psql --dbname ingestion --file deploy/postgres/roles.sql --set owner=alice --set worker=bob      other names
--   psql --dbname ingestion --file deploy/postgres/roles.sql --set schema=other                      for Storage:Schema=other
--
-- Run it as a superuser before the first `migrate`, and again after it. It may be run at any time: what is there already is left or put right, also
-- a schema that somebody else has created. Passwords are set apart from it, so that none stands in a file: \password ingestion_owner
\set ON_ERROR_STOP on
\if :{?owner} \else \set owner ingestion_owner \endif
\if :{?worker} \else \set worker ingestion_worker \endif
\if :{?schema} \else \set schema ingestion \endif
SELECT current_database() AS database \gset

BEGIN;

SELECT format('CREATE ROLE %I LOGIN', name)
FROM unnest(ARRAY[:'owner', :'worker']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

SELECT format('ALTER ROLE %I NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS', rolname)
FROM pg_roles
WHERE rolname IN (:'owner', :'worker') AND (rolsuper OR rolcreatedb OR rolcreaterole OR rolreplication OR rolbypassrls) \gexec

-- The database is for these two: everybody else could connect and create temporary tables, and before PostgreSQL 15 tables in the schema public.
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
GRANT CONNECT, CREATE ON DATABASE :"database" TO :"owner";
GRANT CONNECT ON DATABASE :"database" TO :"worker";

CREATE SCHEMA IF NOT EXISTS :"schema" AUTHORIZATION :"owner";
ALTER SCHEMA :"schema" OWNER TO :"owner";
SELECT format('ALTER TABLE %s OWNER TO %I', oid::regclass, :'owner')
FROM pg_class
WHERE relnamespace = quote_ident(:'schema')::regnamespace AND relkind IN ('r', 'p', 'v') AND pg_get_userbyid(relowner) <> :'owner' \gexec

-- Of every table there is, and of every table a later migration creates. It deletes nothing by itself; the function prune, which every migration leaves to the
-- owner, removes history for it, and nothing else.
GRANT USAGE ON SCHEMA :"schema" TO :"worker";
GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA :"schema" TO :"worker";
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA :"schema" GRANT SELECT, INSERT, UPDATE ON TABLES TO :"worker";

-- Which migrations were applied is for the owner to say. That table comes with the first of them, hence the second time.
SELECT format('REVOKE INSERT, UPDATE ON %I.schema_versions FROM %I', :'schema', :'worker')
WHERE to_regclass(format('%I.schema_versions', :'schema')) IS NOT NULL \gexec

COMMIT;
