/** Values that others choose in COPY to files and programs of the server. */
import type { RuleContext } from "./define.ts";
import { type Judgement, judgeOrigin, type OpenHole, openHoles, runsAs } from "./dynamic-sql.ts";
import type { Severity } from "./finding.ts";

const ROLES = {
  read: "pg_read_server_files",
  write: "pg_write_server_files",
  program: "pg_execute_server_program",
} as const;

/** What others choose of the file or program of COPY, where the owner of the code may use it. */
export function* serverCopies(
  context: RuleContext,
  weakness: "server-file" | "server-program",
  worst: Severity,
): Iterable<{ readonly open: OpenHole; readonly judgement: Judgement }> {
  for (const open of openHoles(context)) {
    if (open.weakness !== weakness) continue;
    const judgement = judgeOrigin(context, open, worst);
    if (judgement === null || typeof judgement === "string" || !isAllowed(context, open)) continue;
    yield { open, judgement };
  }
}

/** COPY asks for superuser or one of the predefined roles; a DO block runs as an administrator. */
function isAllowed(context: RuleContext, { executed, placed, weakness }: OpenHole): boolean {
  const { catalog, access } = context;
  const definer = runsAs(executed, context);
  // With their own rights callers can do what they may do anyway.
  if (definer === null) return executed.routine === null;
  const how = weakness === "server-program" ? "program" : placed.around.last === "to" ? "write" : "read";
  const needed = catalog.roleNamed(ROLES[how]);
  return needed === undefined || access.hasRightsOf(definer.owner, needed.oid);
}
