// The corpora of the benchmark: the same bytes on every machine and every run.
import { createWriteStream, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";

const MEGABYTE = 1_000_000;

/** A linear congruential generator: same seed, same numbers. */
function numbers(seed) {
  let state = seed >>> 0;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const WORDS =
  "account order invoice customer product ticket payment shipment project member message document event price address contact report stock".split(
    " ",
  );
const COLUMNS =
  "title text|amount numeric(12,2)|quantity integer NOT NULL DEFAULT 0|state text NOT NULL DEFAULT 'new'|details jsonb|paid boolean NOT NULL DEFAULT false|due date|note text|reference uuid|score double precision|tags text[]|email text|phone varchar(40)|updated_at timestamptz".split(
    "|",
  );

const tableName = (i) => `${WORDS[i % WORDS.length]}_${i}`;

function tableText(i, pick) {
  const columns = [
    "id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    "owner_id uuid NOT NULL",
    "created_at timestamptz NOT NULL DEFAULT now()",
  ];
  const used = new Set();
  while (used.size < 8) used.add(pick(COLUMNS.length));
  for (const at of [...used].sort((a, b) => a - b)) columns.push(COLUMNS[at]);
  if (i >= 12)
    columns.push(`parent_id bigint REFERENCES public.${tableName(i - (i % 4) - 4 * (1 + pick(2)))} (id)`);
  return `CREATE TABLE public.${tableName(i)} (\n  ${columns.join(",\n  ")}\n);`;
}

function functionText(i, pick, replace = "") {
  const name = tableName(i);
  const definer =
    pick(3) === 0 ? "SECURITY DEFINER\nSET search_path = pg_catalog, pg_temp" : "SECURITY INVOKER";
  const steps = Array.from({ length: 3 + pick(3) }, (_, step) => {
    const limit = pick(1000);
    return `  IF p_amount > ${limit} THEN
    UPDATE public.${name} SET owner_id = p_owner WHERE id = v_id AND created_at < now() - interval '${1 + step} days';
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_total := v_total + v_count * ${1 + pick(9)};
  ELSE
    SELECT count(*) INTO v_count FROM public.${name} AS t WHERE t.owner_id = p_owner AND t.id <> v_id;
  END IF;`;
  }).join("\n");
  return `CREATE ${replace}FUNCTION public.touch_${name}(p_owner uuid, p_amount numeric, p_note text DEFAULT NULL)
RETURNS bigint
LANGUAGE plpgsql
${definer}
AS $function$
DECLARE
  v_id bigint;
  v_count bigint := 0;
  v_total bigint := 0;
BEGIN
  -- The newest row of this owner, or a new one.
  SELECT t.id INTO v_id FROM public.${name} AS t WHERE t.owner_id = p_owner ORDER BY t.created_at DESC LIMIT 1;
  IF v_id IS NULL THEN
    INSERT INTO public.${name} (owner_id) VALUES (p_owner) RETURNING id INTO v_id;
  END IF;
${steps}
  RETURN v_total;
EXCEPTION WHEN unique_violation THEN
  RAISE NOTICE 'row % is there already: %', v_id, p_note;
  RETURN 0;
END;
$function$;`;
}

/** Eleven statements around one table: what a migration that adds a feature looks like. */
function featureText(i, pick) {
  const name = tableName(i);
  return [
    `-- ${name}: what the application keeps about each of them, who may see it and who may change it.\n${tableText(i, pick)}`,
    `CREATE INDEX ${name}_owner_idx ON public.${name} (owner_id, created_at DESC);`,
    `ALTER TABLE public.${name} ENABLE ROW LEVEL SECURITY;`,
    `CREATE POLICY ${name}_read ON public.${name} FOR SELECT TO app_user\n  USING (owner_id = (SELECT current_setting('app.user_id', true)::uuid) OR EXISTS (\n    SELECT 1 FROM public.team_member AS m WHERE m.team_owner = owner_id AND m.member_id = current_setting('app.user_id', true)::uuid));`,
    `CREATE POLICY ${name}_write ON public.${name} FOR UPDATE TO app_user\n  USING (owner_id = current_setting('app.user_id', true)::uuid) WITH CHECK (owner_id = current_setting('app.user_id', true)::uuid);`,
    `GRANT SELECT, INSERT, UPDATE ON public.${name} TO app_user;`,
    functionText(i, pick),
    `REVOKE EXECUTE ON FUNCTION public.touch_${name}(uuid, numeric, text) FROM PUBLIC;`,
    `GRANT EXECUTE ON FUNCTION public.touch_${name}(uuid, numeric, text) TO app_user;`,
    `CREATE VIEW public.${name}_summary WITH (security_invoker = true) AS\n  SELECT t.owner_id, count(*) AS total, max(t.created_at) AS newest,\n    sum(CASE WHEN t.created_at > now() - interval '30 days' THEN 1 ELSE 0 END) AS recent\n  FROM public.${name} AS t\n  LEFT JOIN public.team_member AS m ON m.team_owner = t.owner_id\n  WHERE t.owner_id IS NOT NULL\n  GROUP BY t.owner_id\n  HAVING count(*) > ${pick(5)};`,
    `COMMENT ON TABLE public.${name} IS 'Rows that belong to one owner; members of the owner''s team may read them.';`,
  ];
}

/** Eleven statements that change what earlier migrations made. */
function changeText(i, earlier, pick) {
  const name = tableName(earlier);
  const added = `extra_${i}`;
  return [
    `-- Second thoughts about ${name}: one more column, and the function takes it into account.\nALTER TABLE public.${name} ADD COLUMN ${added} text;`,
    `ALTER TABLE public.${name} ALTER COLUMN ${added} SET DEFAULT 'none';`,
    `UPDATE public.${name} SET ${added} = 'none' WHERE ${added} IS NULL;`,
    `DROP POLICY IF EXISTS ${name}_write ON public.${name};`,
    `CREATE POLICY ${name}_write ON public.${name} FOR UPDATE TO app_user\n  USING (owner_id = current_setting('app.user_id', true)::uuid AND ${added} <> 'locked')\n  WITH CHECK (owner_id = current_setting('app.user_id', true)::uuid);`,
    functionText(earlier, pick, "OR REPLACE "),
    `REVOKE EXECUTE ON FUNCTION public.touch_${name}(uuid, numeric, text) FROM PUBLIC;`,
    `CREATE OR REPLACE VIEW public.${name}_summary WITH (security_invoker = true) AS\n  SELECT t.owner_id, count(*) AS total, max(t.created_at) AS newest,\n    sum(CASE WHEN t.created_at > now() - interval '${7 + pick(60)} days' THEN 1 ELSE 0 END) AS recent\n  FROM public.${name} AS t\n  LEFT JOIN public.team_member AS m ON m.team_owner = t.owner_id\n  GROUP BY t.owner_id;`,
    `GRANT SELECT ON public.${name}_summary TO app_user, app_report;`,
    `CREATE INDEX IF NOT EXISTS ${name}_${added}_idx ON public.${name} (${added}) WHERE ${added} IS NOT NULL;`,
    `INSERT INTO public.team_member (team_owner, member_id) SELECT DISTINCT owner_id, owner_id FROM public.${name} ON CONFLICT DO NOTHING;`,
  ];
}

const FIRST = [
  "CREATE ROLE app_user NOLOGIN;",
  "CREATE ROLE app_report NOLOGIN;",
  "GRANT USAGE ON SCHEMA public TO app_user, app_report;",
  "CREATE TABLE public.team_member (team_owner uuid NOT NULL, member_id uuid NOT NULL, PRIMARY KEY (team_owner, member_id));",
  "ALTER TABLE public.team_member ENABLE ROW LEVEL SECURITY;",
  "CREATE POLICY own_rows ON public.team_member FOR SELECT TO app_user USING (member_id = current_setting('app.user_id', true)::uuid);",
  "GRANT SELECT ON public.team_member TO app_user;",
];

/** The statements of migration `i`: three of four add something, the fourth changes something that is there. */
function migration(i, pick) {
  const statements =
    i % 4 === 3 ? changeText(i, i - 1 - 4 * pick(Math.ceil(i / 4)), pick) : featureText(i, pick);
  return i === 0 ? [...FIRST, ...statements] : statements;
}

/** `count` migrations with eleven statements each. Resolves to the number of bytes. */
export function migrations(directory, count = 2000) {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, "..", "pgvet.json"), '{ "preset": "none", "untrusted": ["app_user"] }\n');
  const pick = numbers(1);
  let bytes = 0;
  for (let i = 0; i < count; i++) {
    const text = padded(migration(i, pick), 8_700_000 / 2000);
    bytes += text.length;
    writeFileSync(join(directory, `${String(i).padStart(6, "0")}_${tableName(i)}.sql`), text);
  }
  return bytes;
}

/** Statements as text, with a comment at the head that makes it as long as migrations of that size are on average. */
function padded(statements, size) {
  const text = `${statements.join("\n\n")}\n`;
  const missing = Math.floor(size - text.length);
  if (missing < 80) return text;
  const line = "-- Reviewed with the team: see the notes on rollout, locking and the order of deployment.\n";
  return line.repeat(Math.floor(missing / line.length)) + text;
}

/** One dump of a schema: the same kinds of statements, as one file of `size` bytes. */
export async function schemaDump(file, size = 20 * MEGABYTE) {
  const pick = numbers(2);
  await written(file, function* () {
    let bytes = 0;
    for (let i = 0; bytes < size; i++) {
      const text = `${migration(i, pick).join("\n\n")}\n\n`;
      bytes += text.length;
      yield text;
    }
  });
}

/** A dump with data: some tables, and COPY data that fills it up to `size` bytes. */
export async function copyDump(file, size = 50 * MEGABYTE) {
  const pick = numbers(3);
  const tables = 50;
  await written(file, function* () {
    let bytes = 0;
    for (let i = 0; i < tables; i++) {
      const text = `${migration(i - (i % 4 === 3 ? 1 : 0) + (i % 4 === 3 ? 1000 : 0), pick).join("\n\n")}\n\n`;
      bytes += text.length;
      yield text;
    }
    for (let i = 0; i < tables; i++) {
      const share = (size - bytes) / (tables - i);
      let part = `COPY public.${tableName(i)} (owner_id, created_at, note) FROM stdin;\n`;
      for (let length = 0; length < share; ) {
        const row = `00000000-0000-4000-8000-${String(pick(1e9)).padStart(12, "0")}\t2026-01-${String(1 + pick(28)).padStart(2, "0")} 12:00:00+00\tNote ${pick(1e6)}; it isn't "SQL" at all, $$ and -- are data\n`;
        part += row;
        length += row.length;
      }
      part += "\\.\n\n";
      bytes += part.length;
      yield part;
    }
  });
}

/** One file of about 3 KB. */
export function smallFile(file) {
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, `${[...FIRST, ...featureText(4, numbers(4))].join("\n\n")}\n`);
}

async function written(file, parts) {
  mkdirSync(join(file, ".."), { recursive: true });
  const out = createWriteStream(file);
  for (const part of parts()) {
    if (!out.write(part)) await new Promise((resolve) => out.once("drain", resolve));
  }
  out.end();
  await finished(out);
}
