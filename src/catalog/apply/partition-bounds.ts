/** FOR VALUES of partitions: whether a bound is one for its table, and free (check_new_partition_bound). */
import type { BoundValue, PartitionBound } from "../../events/event.ts";
import type { Expr } from "../../events/tree.ts";
import type { Span } from "../../text/span.ts";
import { baseType, catalogName } from "../bind/types.ts";
import { type Context, refuse } from "../context.ts";
import type { Relation } from "../model.ts";

/** Refuses a bound of another strategy than the partitioned table's, and one that another partition has already. */
export function requireBoundFits(
  context: Context,
  table: Relation,
  bound: PartitionBound,
  partition: string,
  span: Span,
): void {
  const { partitionKey } = table;
  if (context.assume || partitionKey === null) return;
  const { strategy, elements } = partitionKey;
  const others = context.state.relations.by.parent.all(table.oid);
  if (bound.kind === "default") {
    if (strategy === "hash")
      refuse(context, span, "a hash-partitioned table may not have a default partition");
    const other = others.find((each) => each.partitionBound?.kind === "default");
    if (other !== undefined)
      refuse(
        context,
        span,
        `partition "${partition}" conflicts with existing default partition "${other.name}"`,
      );
    return;
  }
  if (bound.kind !== strategy)
    refuse(context, span, `invalid bound specification for a ${strategy} partition`);
  if (
    bound.kind === "range" &&
    (bound.from.length !== elements.length || bound.to.length !== elements.length)
  )
    refuse(context, span, "FROM must specify exactly one value per partitioning column");
  if (bound.kind === "hash") requireModulus(context, bound, others, span);
  const isNumber = elements.map(({ column }) => {
    const type = table.columns.find((each) => each.number === column)?.type;
    return type !== undefined && NUMBERS.has(catalogName(baseType(context.state, type)) ?? "");
  });
  if (bound.kind === "range" && (order(bound.from, bound.to, isNumber) ?? -1) >= 0)
    refuse(context, span, `empty range bound specified for partition "${partition}"`);
  for (const other of others) {
    if (other.partitionBound !== null && overlap(bound, other.partitionBound, isNumber))
      refuse(context, span, `partition "${partition}" would overlap partition "${other.name}"`);
  }
}

/** Moduli of one table's partitions divide each other, the smaller the larger. */
function requireModulus(
  context: Context,
  { modulus, remainder }: Extract<PartitionBound, { kind: "hash" }>,
  others: readonly Relation[],
  span: Span,
): void {
  if (modulus <= 0)
    refuse(context, span, "modulus for hash partition must be an integer value greater than zero");
  if (remainder >= modulus) refuse(context, span, "remainder for hash partition must be less than modulus");
  for (const { partitionBound: other } of others) {
    if (other?.kind !== "hash") continue;
    const [smaller, larger] = [Math.min(modulus, other.modulus), Math.max(modulus, other.modulus)];
    if (larger % smaller !== 0)
      refuse(context, span, "every hash partition modulus must be a factor of the next larger modulus");
  }
}

const NUMBERS: ReadonlySet<string> = new Set(["int2", "int4", "int8", "numeric", "float4", "float8"]);

function overlap(a: PartitionBound, b: PartitionBound, isNumber: readonly boolean[]): boolean {
  if (a.kind === "list" && b.kind === "list")
    return a.values.some((one) => b.values.some((other) => order([one], [other], isNumber) === 0));
  if (a.kind === "hash" && b.kind === "hash") {
    const modulus = Math.min(a.modulus, b.modulus);
    return a.remainder % modulus === b.remainder % modulus;
  }
  if (a.kind !== "range" || b.kind !== "range") return false;
  return (order(a.from, b.to, isNumber) ?? 0) < 0 && (order(b.from, a.to, isNumber) ?? 0) < 0;
}

/** Negative when the first comes first, 0 when they are equal; null when a value is not a constant. */
function order(
  a: readonly BoundValue[],
  b: readonly BoundValue[],
  isNumber: readonly boolean[],
): number | null {
  for (const [i, one] of a.entries()) {
    const other = b[i];
    if (other === undefined) return null;
    if (one.kind !== "value" || other.kind !== "value") {
      const difference = RANK[one.kind] - RANK[other.kind];
      // MINVALUE and MAXVALUE say all about the columns behind them, too.
      return difference;
    }
    const [left, right] = [constant(one.expression), constant(other.expression)];
    if (left === undefined || right === undefined) return null;
    if (left === right) continue;
    if (left === null || right === null) return left === null ? 1 : -1;
    const difference = isNumber[i] === true ? Number(left) - Number(right) : left < right ? -1 : 1;
    if (difference !== 0) return difference;
  }
  return 0;
}

const RANK = { minvalue: -1, value: 0, maxvalue: 1 } as const;

/** The text of a constant, null for NULL, undefined for other expressions. */
function constant(expr: Expr): string | null | undefined {
  switch (expr.kind) {
    case "null":
      return null;
    case "string":
    case "number":
      return expr.value;
    case "boolean":
      return String(expr.value);
    case "cast":
      return constant(expr.operand);
    case "operator": {
      const [operand] = expr.operands;
      return expr.operands.length === 1 && operand?.kind === "number" ? `-${operand.value}` : undefined;
    }
    default:
      return undefined;
  }
}
