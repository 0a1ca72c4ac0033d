import type { EventOf } from "../../events/event.ts";
import { type Context, refuse } from "../context.ts";
import { findRelation, findRoutine, findType, schemaNamed, schemaOrAssumed } from "../resolve.ts";

/** Renames keep the object: everything that was said of it stays said. */
export function rename(context: Context, event: EventOf<"rename">): void {
  const { state } = context;
  const { object, newName, sub } = event;
  const name = object.name.join(".");
  const missing = (): void => {
    if (!event.ifExists) refuse(context, event.span, `${event.objectKind} "${sub ?? name}" does not exist`);
  };
  switch (event.objectKind) {
    case "table":
    case "view":
    case "materialized-view":
    case "sequence":
    case "index":
    case "foreign-table": {
      const relation = findRelation(context, object.name);
      if (relation === undefined) missing();
      else state.relations.put({ ...relation, name: newName });
      return;
    }
    case "column": {
      const relation = findRelation(context, object.name);
      if (relation === undefined) missing();
      else {
        for (const table of [relation, ...state.relations.by(`parent:${relation.oid}`)]) {
          const columns = table.columns.map((column) => (column.name === sub ? { ...column, name: newName } : column));
          state.relations.put({ ...table, columns });
        }
      }
      return;
    }
    case "function":
    case "procedure":
    case "routine":
    case "aggregate": {
      const routine = findRoutine(context, object, event.objectKind);
      if (routine === undefined || routine === "ambiguous") missing();
      else state.routines.put({ ...routine, name: newName });
      return;
    }
    case "schema": {
      const schema = schemaNamed(state, object.name[0] ?? "");
      if (schema === undefined) missing();
      else state.schemas.put({ ...schema, name: newName });
      return;
    }
    case "type":
    case "domain": {
      const type = findType(context, object.name);
      const userType = type === undefined ? undefined : state.types.get(type.oid);
      if (userType === undefined) missing();
      else state.types.put({ ...userType, name: newName });
      return;
    }
    case "role": {
      const role = state.roles.by(object.name[0] ?? "")[0];
      if (role === undefined) missing();
      else state.roles.put({ ...role, name: newName });
      return;
    }
    case "policy":
    case "trigger":
    case "rule": {
      const relation = findRelation(context, object.name);
      const table =
        event.objectKind === "policy" ? state.policies : event.objectKind === "trigger" ? state.triggers : state.rules;
      let found = false;
      for (const row of relation === undefined ? [] : table.by(`${relation.oid}`)) {
        if (row.name !== sub) continue;
        found = true;
        if (event.objectKind === "policy") {
          const policy = state.policies.get(row.oid);
          if (policy !== undefined) state.policies.put({ ...policy, name: newName });
        } else if (event.objectKind === "trigger") {
          const trigger = state.triggers.get(row.oid);
          if (trigger !== undefined) state.triggers.put({ ...trigger, name: newName });
        } else {
          const rule = state.rules.get(row.oid);
          if (rule !== undefined) state.rules.put({ ...rule, name: newName });
        }
      }
      if (!found) missing();
      return;
    }
    default:
      return;
  }
}

/** ALTER … SET SCHEMA; a table takes its indexes and sequences along. */
export function setSchema(context: Context, event: EventOf<"set-schema">): void {
  const { state } = context;
  const schema = schemaOrAssumed(context, event.schema, event.span).oid;
  const { object } = event;
  const missing = (): void => {
    if (!event.ifExists) refuse(context, event.span, `${event.objectKind} "${object.name.join(".")}" does not exist`);
  };
  switch (event.objectKind) {
    case "table":
    case "view":
    case "materialized-view":
    case "sequence":
    case "foreign-table": {
      const relation = findRelation(context, object.name);
      if (relation === undefined) {
        missing();
        return;
      }
      state.relations.put({ ...relation, schema });
      for (const owned of state.relations.by(`of:${relation.oid}`)) state.relations.put({ ...owned, schema });
      return;
    }
    case "function":
    case "procedure":
    case "routine":
    case "aggregate": {
      const routine = findRoutine(context, object, event.objectKind);
      if (routine === undefined || routine === "ambiguous") missing();
      else state.routines.put({ ...routine, schema });
      return;
    }
    case "type":
    case "domain": {
      const type = findType(context, object.name);
      const userType = type === undefined ? undefined : state.types.get(type.oid);
      if (userType === undefined) missing();
      else state.types.put({ ...userType, schema });
      return;
    }
    default:
      return;
  }
}
