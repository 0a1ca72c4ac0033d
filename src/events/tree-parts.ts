/** The direct parts of every tree, in the order of the text. */
import type {
  Body,
  CommonTable,
  Declaration,
  DynamicQuery,
  Expr,
  FromItem,
  PlBlock,
  PlStatement,
  RelationItem,
  Select,
  Statement,
  Target,
  TypeName,
} from "./tree.ts";

/** How a statement uses a relation: reads it, writes to it, creates it with SELECT INTO, or names it in a utility statement. */
export type RelationRole = "read" | "target" | "into" | "named";

/** One thing in a tree. FROM items other than relations are passed through. */
export type Part =
  | { readonly is: "expr"; readonly node: Expr }
  | { readonly is: "statement"; readonly node: Statement }
  | { readonly is: "from"; readonly node: FromItem }
  | { readonly is: "relation"; readonly node: RelationItem; readonly role: RelationRole }
  | { readonly is: "type"; readonly node: TypeName }
  | { readonly is: "plpgsql"; readonly node: PlStatement };

function expr(parts: Part[], node: Expr | null | undefined): void {
  if (node !== null && node !== undefined) parts.push({ is: "expr", node });
}

function exprs(parts: Part[], nodes: readonly Expr[] | null | undefined): void {
  for (const node of nodes ?? []) parts.push({ is: "expr", node });
}

function types(parts: Part[], nodes: readonly TypeName[] | undefined): void {
  for (const node of nodes ?? []) parts.push({ is: "type", node });
}

function statement(parts: Part[], node: Statement | null): void {
  if (node !== null) parts.push({ is: "statement", node });
}

function items(parts: Part[], nodes: readonly FromItem[]): void {
  for (const node of nodes) parts.push({ is: "from", node });
}

function relation(parts: Part[], node: RelationItem, role: RelationRole): void {
  parts.push({ is: "relation", node, role });
}

function targets(parts: Part[], nodes: readonly Target[]): void {
  for (const target of nodes) {
    exprs(parts, target.subscripts);
    expr(parts, target.value);
  }
}

function ctes(parts: Part[], nodes: readonly CommonTable[]): void {
  for (const cte of nodes) statement(parts, cte.query);
}

/** Adds the direct parts of one part to a list, skipping what is absent. */
export function addParts(parts: Part[], part: Part): void {
  switch (part.is) {
    case "expr":
      exprParts(parts, part.node);
      break;
    case "statement":
      statementParts(parts, part.node);
      break;
    case "from":
      fromParts(parts, part.node);
      break;
    case "relation":
      expr(parts, part.node.sample);
      break;
    case "type":
      break;
    case "plpgsql":
      plpgsqlParts(parts, part.node);
      break;
  }
}

function exprParts(parts: Part[], node: Expr): void {
  switch (node.kind) {
    case "string":
    case "number":
    case "boolean":
    case "null":
    case "column":
    case "parameter":
    case "session-value":
      return;
    case "call":
      for (const arg of node.args) expr(parts, arg.value);
      exprs(parts, node.order);
      expr(parts, node.filter);
      exprs(parts, node.window);
      return;
    case "operator":
    case "and":
    case "or":
    case "not":
    case "coalesce":
    case "greatest":
    case "least":
    case "row":
    case "array":
      exprs(parts, node.operands);
      return;
    case "other":
      exprs(parts, node.operands);
      types(parts, node.types);
      return;
    case "cast":
      expr(parts, node.operand);
      types(parts, [node.type]);
      return;
    case "is":
      expr(parts, node.operand);
      return;
    case "case":
      expr(parts, node.subject);
      for (const branch of node.branches) exprs(parts, [branch.when, branch.then]);
      expr(parts, node.otherwise);
      return;
    case "subquery":
      expr(parts, node.test);
      statement(parts, node.query);
      return;
    case "field":
    case "subscript":
      expr(parts, node.operand);
      exprs(parts, node.subscripts);
      return;
  }
}

function fromParts(parts: Part[], node: FromItem): void {
  switch (node.kind) {
    case "relation":
      relation(parts, node, "read");
      return;
    case "function":
      exprs(parts, node.calls);
      types(parts, node.columnTypes);
      return;
    case "subquery":
      statement(parts, node.query);
      return;
    case "join":
      items(parts, [node.left, node.right]);
      expr(parts, node.on);
      return;
    case "other":
      exprs(parts, node.operands);
      types(parts, node.columnTypes);
      return;
  }
}

function statementParts(parts: Part[], node: Statement): void {
  switch (node.kind) {
    case "select":
      selectParts(parts, node);
      return;
    case "insert":
      ctes(parts, node.ctes);
      relation(parts, node.target, "target");
      statement(parts, node.source);
      if (node.conflict !== null) {
        exprs(parts, node.conflict.targetExprs);
        targets(parts, node.conflict.set);
        expr(parts, node.conflict.where);
      }
      targets(parts, node.returning);
      return;
    case "update":
      ctes(parts, node.ctes);
      relation(parts, node.target, "target");
      targets(parts, node.set);
      items(parts, node.from);
      expr(parts, node.where);
      targets(parts, node.returning);
      return;
    case "delete":
      ctes(parts, node.ctes);
      relation(parts, node.target, "target");
      items(parts, node.using);
      expr(parts, node.where);
      targets(parts, node.returning);
      return;
    case "merge":
      ctes(parts, node.ctes);
      relation(parts, node.target, "target");
      items(parts, [node.source]);
      expr(parts, node.on);
      for (const action of node.actions) {
        expr(parts, action.condition);
        targets(parts, action.targets);
      }
      targets(parts, node.returning);
      return;
    case "utility":
      for (const named of node.relations) relation(parts, named, "named");
      types(parts, node.types);
      exprs(parts, node.expressions);
      for (const inner of node.statements) statement(parts, inner);
      return;
  }
}

function selectParts(parts: Part[], select: Select): void {
  ctes(parts, select.ctes);
  if (select.setOperation !== null) {
    statement(parts, select.setOperation.left);
    statement(parts, select.setOperation.right);
  }
  if (typeof select.distinct !== "boolean") exprs(parts, select.distinct);
  targets(parts, select.targets);
  if (select.into !== null) relation(parts, select.into, "into");
  items(parts, select.from);
  expr(parts, select.where);
  exprs(parts, select.groupBy);
  expr(parts, select.having);
  exprs(parts, select.windows);
  for (const row of select.values ?? []) exprs(parts, row);
  exprs(parts, select.orderBy);
  expr(parts, select.limit);
  expr(parts, select.offset);
}

function body(parts: Part[], statements: readonly PlStatement[] | null): void {
  for (const node of statements ?? []) parts.push({ is: "plpgsql", node });
}

function dynamic(parts: Part[], query: DynamicQuery | null): void {
  if (query === null) return;
  expr(parts, query.query);
  exprs(parts, query.using);
}

function declaration(parts: Part[], declared: Declaration): void {
  if (declared.type !== null) types(parts, [declared.type]);
  expr(parts, declared.default);
  statement(parts, declared.cursor);
}

function plpgsqlParts(parts: Part[], node: PlStatement): void {
  switch (node.kind) {
    case "block":
      blockParts(parts, node);
      return;
    case "assign":
    case "return":
    case "return-next":
      expr(parts, node.value);
      return;
    case "if":
      for (const branch of node.branches) {
        expr(parts, branch.condition);
        body(parts, branch.body);
      }
      body(parts, node.otherwise);
      return;
    case "case":
      expr(parts, node.subject);
      for (const branch of node.branches) {
        exprs(parts, branch.when);
        body(parts, branch.body);
      }
      body(parts, node.otherwise);
      return;
    case "loop":
      body(parts, node.body);
      return;
    case "while":
      expr(parts, node.condition);
      body(parts, node.body);
      return;
    case "for-integer":
      exprs(parts, node.bounds);
      body(parts, node.body);
      return;
    case "for-query":
      statement(parts, node.query);
      body(parts, node.body);
      return;
    case "for-execute":
      dynamic(parts, node.dynamic);
      body(parts, node.body);
      return;
    case "for-cursor":
      exprs(parts, node.args);
      body(parts, node.body);
      return;
    case "foreach":
      expr(parts, node.array);
      body(parts, node.body);
      return;
    case "exit":
    case "continue":
      expr(parts, node.condition);
      return;
    case "return-query":
      statement(parts, node.query);
      return;
    case "return-query-execute":
    case "execute":
      dynamic(parts, node.dynamic);
      return;
    case "raise":
      exprs(parts, node.params);
      for (const option of node.options) expr(parts, option.value);
      return;
    case "assert":
      expr(parts, node.condition);
      expr(parts, node.message);
      return;
    case "sql":
      statement(parts, node.statement);
      return;
    case "call":
      expr(parts, node.call);
      return;
    case "open":
      statement(parts, node.query);
      dynamic(parts, node.dynamic);
      exprs(parts, node.args);
      return;
    case "fetch":
    case "close":
    case "get-diagnostics":
    case "commit":
    case "rollback":
    case "null":
      return;
  }
}

function blockParts(parts: Part[], block: PlBlock): void {
  for (const declared of block.declarations) declaration(parts, declared);
  body(parts, block.body);
  for (const handler of block.handlers) body(parts, handler.body);
}

/** What a routine's body starts with: none when it could not be read. */
export function partsOfBody(routine: Body): readonly Part[] {
  switch (routine.language) {
    case "sql":
      return routine.statements.map((node) => ({ is: "statement", node }));
    case "plpgsql":
      return [{ is: "plpgsql", node: routine.block }];
    case "other":
    case "unparsed":
      return [];
  }
}
