#!/usr/bin/env node
/**
 * Writes src/catalog/extensions/extension-data/*.json: what CREATE EXTENSION of known extensions makes, asked of a PostgreSQL that has
 * just done it. Facts only: names, types, privileges. Development only.
 *
 *   node scripts/generate-extensions.mjs                              those that PGlite brings
 *   node scripts/generate-extensions.mjs --pglite DIST vector timescaledb …
 *                                                                     those, from another build of PGlite
 *   node scripts/generate-extensions.mjs --server BIN [--preload LIBRARIES] pg_cron pgtap …
 *                                                                     those, from the server in BIN, which has their files
 *
 * src/catalog/extensions/data.ts says what the texts mean. Files whose `from` is "guide" are written by hand.
 */
import { execFileSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const directory = fileURLToPath(new URL("../src/catalog/extensions/extension-data/", import.meta.url));
const { values, positionals } = parseArgs({
  options: {
    server: { type: "string" },
    preload: { type: "string", default: "" },
    pglite: { type: "string" },
  },
  allowPositionals: true,
});

/** A type's name: arrays as `element[]`, pg_catalog left out, `.name` in the extension's schema or of another extension. */
const typeName = (
  oid,
) => `(SELECT concat(CASE WHEN bn.nspname = 'pg_catalog' THEN NULL WHEN bn.oid = e.extnamespace OR EXISTS (SELECT FROM pg_depend o
      WHERE o.classid = 'pg_type'::regclass AND o.objid = b.oid AND o.deptype = 'e' AND o.refobjid <> e.oid) THEN '.' ELSE bn.nspname || '.' END,
      b.typname, CASE WHEN b.oid <> xt.oid THEN '[]' END)
  FROM pg_type xt JOIN pg_type b ON b.oid = coalesce((SELECT xe.oid FROM pg_type xe WHERE xe.typarray = xt.oid), xt.oid)
  JOIN pg_namespace bn ON bn.oid = b.typnamespace WHERE xt.oid = ${oid})`;

/** Grants to anybody but the owner, as in generate-builtins.mjs. */
const grants = (
  acl,
  owner,
) => `(SELECT string_agg(format('%s=%s', grantee, privileges), ',' ORDER BY grantee) FROM (
    SELECT CASE WHEN a.grantee = 0 THEN '' ELSE a.grantee::regrole::text END AS grantee,
      string_agg(CASE privilege_type WHEN 'SELECT' THEN 'r' WHEN 'INSERT' THEN 'a' WHEN 'UPDATE' THEN 'w' WHEN 'DELETE' THEN 'd' WHEN 'TRUNCATE' THEN 'D'
        WHEN 'REFERENCES' THEN 'x' WHEN 'TRIGGER' THEN 't' WHEN 'MAINTAIN' THEN 'm' WHEN 'EXECUTE' THEN 'X' WHEN 'USAGE' THEN 'U' WHEN 'CREATE' THEN 'C' ELSE '?' END, '' ORDER BY privilege_type) AS privileges
    FROM aclexplode(${acl}) a WHERE a.grantee <> ${owner} GROUP BY 1) g)`;

const qualified = (name) => `concat(CASE WHEN n.oid <> e.extnamespace THEN n.nspname || '.' END, ${name})`;
const members = (catalog, alias) =>
  `pg_extension e JOIN pg_depend m ON m.refclassid = 'pg_extension'::regclass AND m.refobjid = e.oid AND m.deptype = 'e' AND m.classid = '${catalog}'::regclass
    JOIN ${catalog} ${alias} ON ${alias}.oid = m.objid`;
const argument = (type) => `concat_ws(' ', NULLIF(p.proargnames[u.i], ''), ${type})`;

/** Rows (name, text) of the extension $1 by section, in the order in which the texts of a name are to stand. */
const QUERIES = {
  schemas: `SELECT n.nspname AS name, coalesce(${grants("n.nspacl", "n.nspowner")}, '') AS text FROM ${members("pg_namespace", "n")} WHERE e.extname = $1 ORDER BY 1`,
  languages: `SELECT l.lanname AS name, CASE WHEN l.lanpltrusted THEN 'trusted' ELSE 'untrusted' END AS text FROM ${members("pg_language", "l")} WHERE e.extname = $1 ORDER BY 1`,
  types: `SELECT ${qualified("t.typname")} AS name, u.text, u.position
    FROM ${members("pg_type", "t")} JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
    CROSS JOIN LATERAL (
      SELECT concat_ws(' ', t.typtype, CASE t.typtype WHEN 'd' THEN ${typeName("t.typbasetype")}
        WHEN 'r' THEN (SELECT ${typeName("r.rngsubtype")} FROM pg_range r WHERE r.rngtypid = t.oid)
        WHEN 'm' THEN (SELECT ${typeName("r.rngtypid")} FROM pg_range r WHERE r.rngmultitypid = t.oid) END) AS text, 0 AS position
      UNION ALL SELECT l.enumlabel::text, l.enumsortorder::int FROM pg_enum l WHERE l.enumtypid = t.oid
      UNION ALL SELECT concat_ws(' ', a.attname, ${typeName("a.atttypid")}), a.attnum FROM pg_attribute a
        WHERE t.typtype = 'c' AND a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) u
    WHERE e.extname = $1 AND (c.oid IS NULL OR c.relkind = 'c') AND NOT EXISTS (SELECT FROM pg_type a WHERE a.typarray = t.oid) ORDER BY 1, 3`,
  relations: `SELECT ${qualified("c.relname")} AS name, concat_ws(' ', concat(c.relkind, CASE WHEN c.relrowsecurity THEN 'R' END), ${grants("c.relacl", "c.relowner")}) AS text, 0 AS position
    FROM ${members("pg_class", "c")} JOIN pg_namespace n ON n.oid = c.relnamespace WHERE e.extname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
    UNION ALL
    SELECT ${qualified("c.relname")}, concat_ws(' ', a.attname, ${typeName("a.atttypid")}, ${grants("a.attacl", "c.relowner")}), a.attnum
    FROM ${members("pg_class", "c")} JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE e.extname = $1 AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1, 3`,
  functions: `SELECT ${qualified("p.proname")} AS name, concat('(',
      (SELECT string_agg(${argument(typeName("u.type"))}, ',' ORDER BY u.i) FROM (
        SELECT i, CASE WHEN p.proallargtypes IS NULL THEN p.proargtypes[i - 1] ELSE p.proallargtypes[i] END AS type, p.proargmodes[i] AS mode
        FROM generate_series(1, coalesce(cardinality(p.proallargtypes), p.pronargs)) i) u WHERE u.mode IS NULL OR u.mode IN ('i', 'b', 'v')), ')',
      CASE WHEN p.proretset THEN '*' END,
      CASE WHEN p.prorettype = 'record'::regtype AND p.proargmodes && '{o,t,b}'::"char"[]
        THEN concat('{', (SELECT string_agg(concat_ws(' ', p.proargnames[i], ${typeName("p.proallargtypes[i]")}), ',' ORDER BY i) FROM generate_subscripts(p.proargmodes, 1) i WHERE p.proargmodes[i] IN ('o', 't', 'b')), '}')
        ELSE ${typeName("p.prorettype")} END,
      ' ', NULLIF(p.prokind, 'f'), p.provolatile, CASE WHEN p.proisstrict THEN '!' END, CASE WHEN p.proleakproof THEN 'L' END, CASE WHEN p.provariadic <> 0 THEN 'V' END,
      CASE WHEN p.pronargdefaults > 0 THEN concat('d', p.pronargdefaults) END,
      CASE WHEN p.proacl IS NOT NULL AND NOT EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee = 0) THEN 'R' END,
      CASE WHEN EXISTS (SELECT FROM aclexplode(p.proacl) a WHERE a.grantee NOT IN (0, p.proowner))
        THEN ':' || (SELECT string_agg(a.grantee::regrole::text, ',' ORDER BY 1) FROM aclexplode(p.proacl) a WHERE a.grantee NOT IN (0, p.proowner)) END,
      CASE WHEN p.prosecdef THEN ' definer' END,
      CASE WHEN l.lanname <> 'c' AND p.prokind <> 'a' THEN concat(' ', l.lanname) END,
      (SELECT string_agg(concat(' ', replace(s, ' ', '')), '') FROM unnest(p.proconfig) s)) AS text
    FROM ${members("pg_proc", "p")} JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE e.extname = $1 AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i' AND d.refclassid = 'pg_type'::regclass)
    ORDER BY 1, 2`,
  operators: `SELECT ${qualified("o.oprname")} AS name, concat('(', ${typeName("o.oprleft")}, ',', ${typeName("o.oprright")}, ')', ${typeName("o.oprresult")}, ' ', p.proname) AS text
    FROM ${members("pg_operator", "o")} JOIN pg_proc p ON p.oid = o.oprcode JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE e.extname = $1 ORDER BY 1, 2`,
  casts: `SELECT ${typeName("c.castsource")} AS name, concat_ws(' ', ${typeName("c.casttarget")}, c.castcontext, c.castmethod, (SELECT proname FROM pg_proc WHERE oid = c.castfunc)) AS text
    FROM ${members("pg_cast", "c")} WHERE e.extname = $1 ORDER BY 1, 2`,
  wrappers: `SELECT f.fdwname AS name, concat_ws(' ', coalesce((SELECT proname FROM pg_proc WHERE oid = f.fdwhandler), '-'), coalesce((SELECT proname FROM pg_proc WHERE oid = f.fdwvalidator), '-')) AS text
    FROM ${members("pg_foreign_data_wrapper", "f")} WHERE e.extname = $1 ORDER BY 1`,
  eventTriggers: `SELECT v.evtname AS name, concat_ws(' ', v.evtevent, p.proname, array_to_string(v.evttags, ',')) AS text
    FROM ${members("pg_event_trigger", "v")} JOIN pg_proc p ON p.oid = v.evtfoid WHERE e.extname = $1 ORDER BY 1`,
};
const CONTROL = `SELECT v.version, v.superuser, v.trusted, v.relocatable, v.schema, v.requires FROM pg_available_extension_versions v
  JOIN pg_extension e ON e.extname = v.name AND e.extversion = v.version WHERE e.extname = $1`;

/** One row with everything about an extension, to ask under search_path pg_catalog. */
function factsQuery(name) {
  const sections = Object.entries({ control: CONTROL, ...QUERIES }).map(
    ([section, query]) =>
      `'${section}', (SELECT coalesce(json_agg(q), '[]') FROM (${query.replaceAll("$1", `'${name}'`)}) q)`,
  );
  return `SELECT json_build_object(${sections.join(", ")}) AS facts`;
}

// Without its validator the language takes functions whose library is not there.
const ANY_LIBRARY =
  "SET LOCAL allow_system_table_mods = on; UPDATE pg_language SET lanvalidator = 0 WHERE lanname = 'c'; SET LOCAL allow_system_table_mods = off";
const CREATED = "CREATE SCHEMA of_extension; SET LOCAL search_path = of_extension";

function write(name, from, { control, ...sections }) {
  const [{ version, superuser, trusted, relocatable, schema, requires }] = control;
  const lines = [
    `"from": ${JSON.stringify(`${from}, ${version}`)}`,
    `"control": ${JSON.stringify({ superuser, trusted, relocatable, schema, requires: requires ?? [] })}`,
  ];
  for (const [section, rows] of Object.entries(sections)) {
    const byName = new Map();
    for (const { name: key, text } of rows) byName.set(key, [...(byName.get(key) ?? []), text]);
    const entries = [...byName].map(([key, texts]) => `${JSON.stringify(key)}: ${JSON.stringify(texts)}`);
    if (entries.length > 0) lines.push(`"${section}": {\n${entries.join(",\n")}\n}`);
  }
  writeFileSync(join(directory, `${name}.json`), `{\n${lines.join(",\n")}\n}\n`);
  console.log(`${name} ${version}: ${Object.values(sections).flat().length} facts`);
}

mkdirSync(directory, { recursive: true });
if (values.server === undefined) await fromEmbedded();
else fromServer(values.server, positionals);

async function fromEmbedded() {
  const home = values.pglite
    ? pathToFileURL(`${resolve(values.pglite)}/index.js`).href
    : import.meta.resolve("@electric-sql/pglite");
  const { PGlite } = await import(home);
  const extensions = {};
  const modules = readdirSync(new URL(".", home), { withFileTypes: true })
    .filter((each) => each.isDirectory() && existsSync(new URL(`${each.name}/index.js`, home)))
    .map((each) => `${each.name}/index.js`);
  const contrib = readdirSync(new URL("contrib/", home)).filter((each) => each.endsWith(".js"));
  for (const file of [...modules, ...contrib.map((each) => `contrib/${each}`)]) {
    for (const [name, each] of Object.entries(await import(new URL(file, home).href)))
      if (
        typeof each.setup === "function" &&
        (positionals.length === 0 || file.startsWith("contrib/") || positionals.includes(name))
      )
        extensions[name] = each;
  }
  const database = await PGlite.create({ extensions });
  const [{ version }] = (await database.query("SELECT split_part(version(), ' ', 2) AS version")).rows;
  const available = await database.query("SELECT name FROM pg_available_extensions ORDER BY 1");
  for (const { name } of available.rows) {
    if (name === "plpgsql" || (positionals.length > 0 && !positionals.includes(name))) continue;
    await database.exec(`BEGIN; ${CREATED}`);
    try {
      await database.exec(`CREATE EXTENSION "${name}" CASCADE; SET LOCAL search_path = pg_catalog`);
      const [{ facts }] = (await database.query(factsQuery(name))).rows;
      write(name, `PostgreSQL ${Number.parseInt(version, 10)}`, facts);
    } catch (error) {
      console.log(`${name}: ${error.message}`);
    }
    await database.exec("ROLLBACK");
  }
  await database.close();
}

function fromServer(bin, names) {
  const data = mkdtempSync(join(tmpdir(), "extensions-"));
  // PostgreSQL refuses to run as root.
  const id = (option) => Number(execFileSync("id", [option, "postgres"]));
  const user = process.getuid() === 0 ? { uid: id("-u"), gid: id("-g") } : {};
  if (user.uid !== undefined) chownSync(data, user.uid, user.gid);
  const run = (program, ...args) =>
    execFileSync(join(bin, program), args, { ...user, cwd: data, stdio: ["ignore", "ignore", "inherit"] });
  const cluster = join(data, "data");
  run("initdb", "-D", cluster, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C");
  const options = `-c listen_addresses= -c unix_socket_directories=${data} -c shared_preload_libraries=${values.preload} -c wal_level=logical -c track_commit_timestamp=on`;
  run("pg_ctl", "-D", cluster, "-w", "-l", join(data, "log"), "-o", options, "start");
  try {
    for (const name of names) {
      const sql = `BEGIN; SET LOCAL client_min_messages = error; ${ANY_LIBRARY}; ${CREATED}; CREATE EXTENSION "${name}" CASCADE;
        SET LOCAL search_path = pg_catalog; ${factsQuery(name)}; ROLLBACK`;
      const args = ["-X", "-Atq", "-h", data, "-U", "postgres", "-d", "postgres", "-v", "ON_ERROR_STOP=1"];
      try {
        const answer = execFileSync("psql", args, {
          input: sql,
          encoding: "utf8",
          maxBuffer: 1 << 28,
          stdio: ["pipe", "pipe", "pipe"],
        });
        write(name, "Debian 12", JSON.parse(answer));
      } catch (error) {
        console.log(`${name}: ${String(error.stderr ?? error.message).split("\n")[0]}`);
      }
    }
  } finally {
    run("pg_ctl", "-D", cluster, "-w", "-m", "immediate", "stop");
    rmSync(data, { recursive: true, force: true });
  }
}
