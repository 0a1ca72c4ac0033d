// Writes src/catalog/builtin/*.json: PostgreSQL's own objects, as initdb leaves them, for all supported major versions.
//
//   npm run generate:builtins                                  asks the embedded PostgreSQL 18 (PGlite) only
//   npm run generate:builtins -- --server 15=/usr/lib/postgresql/15/bin --server 16=…
//
// Each file maps a name to a list of short texts (src/catalog/builtin/index.ts reads them). A text that does not hold in
// all versions ends in ` @FROM-TO`, where a missing end is open. What is known of versions that are not asked in this run is
// taken over from the existing files. A server needs initdb, pg_ctl and postgres in its directory and psql on the PATH.
import { execFileSync } from "node:child_process";
import { chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";

const VERSIONS = [14, 15, 16, 17, 18];
const EMBEDDED = 18;
const directory = fileURLToPath(new URL("../src/catalog/builtin/", import.meta.url));

// GUC_LIST_INPUT and GUC_LIST_QUOTE are in no view; these are the settings of guc_tables.c that carry them.
const LIST_QUOTED = new Set([
  "local_preload_libraries",
  "search_path",
  "session_preload_libraries",
  "shared_preload_libraries",
  "temp_tablespaces",
  "unix_socket_directories",
]);
const LIST_PLAIN = new Set([
  "createrole_self_grant",
  "datestyle",
  "debug_io_direct",
  "io_direct",
  "listen_addresses",
  "log_connections",
  "log_destination",
  "oauth_validator_libraries",
  "restrict_nonsystem_relation_kind",
  "synchronized_standby_slots",
  "synchronous_standby_names",
  "wal_consistency_checking",
]);

/** A type's name: arrays as `element[]`, pg_catalog left out. */
const typeName = (
  oid,
) => `(SELECT CASE WHEN xe.oid IS NOT NULL THEN concat(CASE WHEN xen.nspname <> 'pg_catalog' THEN xen.nspname || '.' END, xe.typname, '[]')
    ELSE concat(CASE WHEN xn.nspname <> 'pg_catalog' THEN xn.nspname || '.' END, xt.typname) END
  FROM pg_type xt JOIN pg_namespace xn ON xn.oid = xt.typnamespace
  LEFT JOIN pg_type xe ON xe.typarray = xt.oid LEFT JOIN pg_namespace xen ON xen.oid = xe.typnamespace WHERE xt.oid = ${oid})`;

/** Grants to anybody but the owner, `PUBLIC=r,pg_monitor=r` without the word PUBLIC. */
const grants = (
  acl,
  owner,
) => `(SELECT string_agg(format('%s=%s', grantee, privileges), ',' ORDER BY grantee) FROM (
    SELECT CASE WHEN a.grantee = 0 THEN '' ELSE a.grantee::regrole::text END AS grantee,
      string_agg(CASE privilege_type WHEN 'SELECT' THEN 'r' WHEN 'INSERT' THEN 'a' WHEN 'UPDATE' THEN 'w' WHEN 'DELETE' THEN 'd' WHEN 'TRUNCATE' THEN 'D'
        WHEN 'REFERENCES' THEN 'x' WHEN 'TRIGGER' THEN 't' WHEN 'MAINTAIN' THEN 'm' WHEN 'EXECUTE' THEN 'X' WHEN 'USAGE' THEN 'U' WHEN 'CREATE' THEN 'C' ELSE '?' END, '' ORDER BY privilege_type) AS privileges
    FROM aclexplode(${acl}) a WHERE a.grantee <> ${owner} GROUP BY 1) g)`;

const catalogSchemas = "('pg_catalog', 'information_schema')";
const qualified = (name) => `concat(CASE WHEN n.nspname <> 'pg_catalog' THEN n.nspname || '.' END, ${name})`;

/** One query per file: rows (name, text) in the order in which the texts of a name are to stand. */
const QUERIES = {
  // "kind grants", then "column type grants"
  relations: `SELECT ${qualified("c.relname")} AS name, concat_ws(' ', c.relkind, ${grants("c.relacl", "c.relowner")}) AS text, 0 AS position
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname IN ${catalogSchemas} AND c.relkind IN ('r', 'v') AND c.oid < 16384
    UNION ALL
    SELECT ${qualified("c.relname")}, concat_ws(' ', a.attname, ${typeName("a.atttypid")}, ${grants("a.attacl", "c.relowner")}), a.attnum
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
    WHERE n.nspname IN ${catalogSchemas} AND c.relkind IN ('r', 'v') AND c.oid < 16384 ORDER BY 1, 3`,
  // "oid typtype category[!] array=oid element= base= subtype=", without arrays and row types of relations
  types: `SELECT ${qualified("t.typname")} AS name, concat_ws(' ', CASE WHEN n.nspname = 'pg_catalog' THEN t.oid::text ELSE '0' END, t.typtype, concat(t.typcategory, CASE WHEN t.typispreferred THEN '!' END),
      CASE WHEN t.typarray <> 0 AND n.nspname = 'pg_catalog' THEN concat('array=', t.typarray) END,
      CASE WHEN t.typelem <> 0 THEN concat('element=', ${typeName("t.typelem")}) END,
      CASE WHEN t.typbasetype <> 0 THEN concat('base=', ${typeName("t.typbasetype")}) END,
      (SELECT concat('subtype=', ${typeName("r.rngsubtype")}) FROM pg_range r WHERE t.oid = r.rngtypid),
      (SELECT concat('range=', ${typeName("r.rngtypid")}) FROM pg_range r WHERE t.oid = r.rngmultitypid)) AS text
    FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE n.nspname IN ${catalogSchemas} AND t.oid < 16384 AND t.typrelid = 0 AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid) ORDER BY 1`,
  // "(arguments)result flags": see parseFunction in functions.ts
  functions: `SELECT ${qualified("p.proname")} AS name, concat('(',
      (SELECT string_agg(${typeName("u.type")}, ',' ORDER BY u.i) FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY AS u(type, i)), ')',
      CASE WHEN p.proretset THEN '*' END,
      CASE WHEN p.prorettype = 'record'::regtype AND p.proargmodes && '{o,t,b}'::"char"[]
        THEN concat('{', (SELECT string_agg(concat_ws(' ', p.proargnames[i], ${typeName("p.proallargtypes[i]")}), ',' ORDER BY i) FROM generate_subscripts(p.proargmodes, 1) i WHERE p.proargmodes[i] IN ('o', 't', 'b')), '}')
        ELSE ${typeName("p.prorettype")} END,
      ' ', NULLIF(p.prokind, 'f'), p.provolatile, CASE WHEN p.proisstrict THEN '!' END, CASE WHEN p.proleakproof THEN 'L' END, CASE WHEN p.provariadic <> 0 THEN 'V' END,
      CASE WHEN p.pronargdefaults > 0 THEN concat('d', p.pronargdefaults) END,
      CASE WHEN p.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0) THEN 'R' || coalesce(':' || (SELECT string_agg(a.grantee::regrole::text, ',' ORDER BY 1) FROM aclexplode(p.proacl) a WHERE a.grantee <> p.proowner), '') END) AS text
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname IN ${catalogSchemas} AND p.oid < 16384 ORDER BY 1, 2`,
  // "(left,right)result function[ L]"; a prefix operator has nothing at the left
  operators: `SELECT o.oprname AS name, concat('(', ${typeName("o.oprleft")}, ',', ${typeName("o.oprright")}, ')', ${typeName("o.oprresult")}, ' ', p.proname, CASE WHEN p.proleakproof THEN ' L' END) AS text
    FROM pg_operator o JOIN pg_proc p ON p.oid = o.oprcode JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE n.nspname = 'pg_catalog' AND o.oid < 16384 ORDER BY 1, 2`,
  // by source type: "target context method[ function]"
  casts: `SELECT ${typeName("c.castsource")} AS name, concat_ws(' ', ${typeName("c.casttarget")}, c.castcontext, c.castmethod, (SELECT proname FROM pg_proc WHERE oid = c.castfunc)) AS text
    FROM pg_cast c WHERE c.oid < 16384 ORDER BY 1, 2`,
  // roles of which it is a member
  roles: `SELECT r.rolname AS name, coalesce((SELECT string_agg(g.rolname, ' ' ORDER BY g.rolname) FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid WHERE m.member = r.oid), '') AS text
    FROM pg_roles r WHERE r.rolname ~ '^pg_' ORDER BY 1`,
  // "context type [name as stored, when not all lower case]"
  settings: `SELECT lower(name) AS name, concat_ws(' ', context, vartype, CASE WHEN lower(name) <> name THEN name END) AS text FROM pg_settings WHERE name !~ '\\.' ORDER BY 1`,
  languages: `SELECT lanname AS name, CASE WHEN lanpltrusted THEN 'trusted' ELSE 'untrusted' END AS text FROM pg_language ORDER BY 1`,
  // "owner grants"; the bootstrap superuser is called postgres
  schemas: `SELECT n.nspname AS name, concat_ws(' ', n.nspowner::regrole, ${grants("n.nspacl", "n.nspowner")}) AS text FROM pg_namespace n WHERE n.nspname !~ '^pg_temp|^pg_toast_temp' ORDER BY 1`,
};

const facts = new Map();
const servers = process.argv.flatMap((argument, i) =>
  process.argv[i - 1] === "--server" ? [argument.split("=")] : [],
);
for (const [version, bin] of servers) facts.set(Number(version), introspectServer(Number(version), bin));
const embedded = await introspectEmbedded();
// A real server of that version is only a check on the embedded one.
if (facts.has(EMBEDDED))
  for (const file of Object.keys(QUERIES)) differences(file, facts.get(EMBEDDED)[file], embedded[file]);
facts.set(EMBEDDED, embedded);

for (const file of Object.keys(QUERIES)) {
  const path = join(directory, `${file}.json`);
  const merged = merge(VERSIONS.map((version) => facts.get(version)?.[file] ?? earlier(path, version)));
  const lines = [...merged].map(([name, texts]) => `${JSON.stringify(name)}: ${JSON.stringify(texts)}`);
  writeFileSync(path, `{\n${lines.join(",\n")}\n}\n`);
  console.log(`${file}.json: ${merged.size} names`);
}

async function introspectEmbedded() {
  const database = await PGlite.create();
  const result = {};
  for (const [file, query] of Object.entries(QUERIES))
    result[file] = finish(file, (await database.query(query)).rows);
  await database.close();
  return result;
}

function introspectServer(version, bin) {
  const data = mkdtempSync(join(tmpdir(), "builtins-"));
  // PostgreSQL refuses to run as root.
  const user =
    process.getuid() === 0
      ? {
          uid: Number(execFileSync("id", ["-u", "postgres"])),
          gid: Number(execFileSync("id", ["-g", "postgres"])),
        }
      : {};
  if (user.uid !== undefined) chownSync(data, user.uid, user.gid);
  const run = (program, ...args) =>
    execFileSync(join(bin, program), args, { ...user, cwd: data, stdio: ["ignore", "ignore", "inherit"] });
  run(
    "initdb",
    "-D",
    join(data, "data"),
    "-U",
    "postgres",
    "-A",
    "trust",
    "--no-sync",
    "-E",
    "UTF8",
    "--locale=C",
  );
  run(
    "pg_ctl",
    "-D",
    join(data, "data"),
    "-w",
    "-l",
    join(data, "log"),
    "-o",
    `-c listen_addresses= -c unix_socket_directories=${data}`,
    "start",
  );
  try {
    const result = {};
    for (const [file, query] of Object.entries(QUERIES)) {
      const json = execFileSync(
        "psql",
        [
          "-X",
          "-At",
          "-h",
          data,
          "-U",
          "postgres",
          "-d",
          "postgres",
          "-v",
          "ON_ERROR_STOP=1",
          "-c",
          `SELECT json_agg(q) FROM (${query}) q`,
        ],
        { encoding: "utf8", maxBuffer: 1 << 28 },
      );
      result[file] = finish(file, JSON.parse(json));
    }
    console.log(`PostgreSQL ${version}: asked`);
    return result;
  } finally {
    run("pg_ctl", "-D", join(data, "data"), "-w", "-m", "immediate", "stop");
    rmSync(data, { recursive: true, force: true });
  }
}

function finish(file, rows) {
  const byName = new Map();
  for (const { name, text } of rows) {
    const listed = file === "settings" && / string\b/.test(text);
    const list = !listed ? "" : LIST_QUOTED.has(name) ? " list-quoted" : LIST_PLAIN.has(name) ? " list" : "";
    byName.set(name, [...(byName.get(name) ?? []), text + list]);
  }
  return byName;
}

function differences(file, server, pglite) {
  const names = [...new Set([...server.keys(), ...pglite.keys()])].filter(
    (name) => JSON.stringify(server.get(name)) !== JSON.stringify(pglite.get(name)),
  );
  for (const name of names)
    console.log(`${file}: ${name}: server ${server.get(name)} embedded ${pglite.get(name)}`);
}

/** Which versions each text holds in, latest version's order first, ranges as suffix. */
function merge(byVersion) {
  const all = new Map();
  for (let i = VERSIONS.length - 1; i >= 0; i--) {
    for (const [name, texts] of byVersion[i]) {
      const versions = all.get(name) ?? new Map();
      for (const text of texts) versions.set(text, [VERSIONS[i], ...(versions.get(text) ?? [])]);
      all.set(name, versions);
    }
  }
  const names = [...all.keys()].sort((a, b) => (a < b ? -1 : 1));
  return new Map(
    names.map((name) => [
      name,
      [...all.get(name)].flatMap(([text, versions]) => ranges(versions).map((range) => text + range)),
    ]),
  );
}

function ranges(versions) {
  const result = [];
  for (let i = 0; i < versions.length; ) {
    let end = i;
    while (versions[end + 1] === versions[end] + 1) end++;
    const from = versions[i] === VERSIONS[0] ? "" : versions[i];
    const to = versions[end] === VERSIONS.at(-1) ? "" : versions[end];
    result.push(from === "" && to === "" ? "" : ` @${from}-${to}`);
    i = end + 1;
  }
  return result;
}

function earlier(path, version) {
  let existing;
  try {
    existing = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    throw new Error(`${path} does not exist yet: name a --server for version ${version}`);
  }
  const result = new Map();
  for (const [name, texts] of Object.entries(existing)) {
    const holding = texts.flatMap((text) => {
      const match = /^(.*?)(?: @(\d*)-(\d*))?$/.exec(text);
      return Number(match[2] || 0) <= version && version <= Number(match[3] || 99) ? [match[1]] : [];
    });
    if (holding.length > 0) result.set(name, holding);
  }
  return result;
}
