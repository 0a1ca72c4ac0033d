import { type ConfigKey, NEWEST_POSTGRES, OLDEST_POSTGRES, type SettingKey } from "./read-settings.ts";
import type { KnownOptions, RuleOption } from "./rule-options.ts";
import { LEVELS, PERSONAS, SEVERITIES } from "./severity.ts";
import { PRESET_NAMES } from "./types.ts";

type JsonSchema = Readonly<Record<string, unknown>>;

/**
 * JSON Schema of a configuration file, for editors. `rules` are the ids and `id/variant`s that exist, `options` those of
 * the rules that have any.
 */
export function configSchema(rules: readonly string[], options: KnownOptions = new Map()): JsonSchema {
  const level = { $ref: "#/$defs/level" };
  const entry = { $ref: "#/$defs/entry" };
  const roles = { type: "array", items: { type: "string", minLength: 1 } };
  const settings: Readonly<Record<SettingKey, JsonSchema>> = {
    preset: {
      enum: PRESET_NAMES,
      description: "The platform: what it provides and whom it trusts. Detected when absent.",
    },
    files: {
      type: "array",
      items: { type: "string", minLength: 1 },
      minItems: 1,
      description:
        "Ordered globs of the SQL files that build the database, relative to this file; a leading ! takes files away again. Detected when absent.",
    },
    prelude: {
      type: "array",
      items: { type: "string", minLength: 1 },
      description: "SQL files that state what exists before the project's own files run; not judged.",
    },
    untrusted: {
      ...roles,
      description: "Roles that an attacker may hold, in addition to the preset's. PUBLIC always is one.",
    },
    admins: {
      ...roles,
      description: "Roles that are trusted with everything, in addition to the preset's.",
    },
    exposedSchemas: {
      ...roles,
      description: "Schemas that clients reach through an API, instead of the platform's or the preset's.",
    },
    postgresVersion: {
      type: "integer",
      minimum: OLDEST_POSTGRES,
      maximum: NEWEST_POSTGRES,
      description: "Major version of PostgreSQL.",
    },
    rules: {
      type: "object",
      properties: Object.fromEntries(
        rules.map((name) => {
          const own = options.get(name) ?? [];
          return [name, own.length === 0 ? entry : entryWith(own)];
        }),
      ),
      additionalProperties: false,
      description:
        "Severity of a rule, or of one of its variants; off switches it off. A mapping holds it as level, beside the rule's options.",
    },
    ignore: {
      type: "array",
      items: {
        type: "object",
        properties: {
          rule: { enum: rules, description: "Rule, or rule/variant." },
          object: {
            type: "string",
            pattern: "\\S",
            description: "The object as findings name it: public.f(integer)",
          },
          reason: { type: "string", pattern: "[\\p{L}\\p{N}]", description: "Why." },
          until: {
            type: "string",
            pattern: "^\\d{4}-\\d\\d-\\d\\d$",
            description: "The last day on which it counts: 2027-01-31",
          },
        },
        required: ["rule", "object", "reason"],
        additionalProperties: false,
      },
      description: "Findings that are set aside, by rule and object.",
    },
    directSql: {
      type: "boolean",
      description: "Whether untrusted roles can send SQL of their own, instead of what the preset says.",
    },
    sessionRole: { type: "string", minLength: 1, description: "The role that runs the files." },
    privilegedFunctions: {
      type: "array",
      items: { type: "string", pattern: "^[^.()\\s]+\\.[^.()\\s]+$" },
      description:
        "Functions, as schema.name, that run SQL given to them with more rights than their caller's.",
    },
    failOn: { enum: SEVERITIES, description: "The run fails from this severity on." },
    persona: {
      enum: PERSONAS,
      description:
        "Whose findings are shown: regular ones, pedantic ones too, or all that an auditor wants to see.",
    },
  };
  const path = { type: "string", minLength: 1 };
  const properties: Readonly<Record<ConfigKey, JsonSchema>> = {
    $schema: { type: "string", description: "Where this schema is." },
    extends: {
      anyOf: [path, { type: "array", items: path }],
      description:
        "Configurations that this one builds upon, relative to this file: lists are joined, other values replaced.",
    },
    ...settings,
    overrides: {
      type: "array",
      items: {
        type: "object",
        properties: {
          files: { ...roles, description: "Patterns as in .gitignore, relative to this file." },
          rules: {
            type: "object",
            properties: Object.fromEntries(rules.map((name) => [name, level])),
            additionalProperties: false,
            description: "Severity of a rule, or of one of its variants, in these files.",
          },
        },
        required: ["files", "rules"],
        additionalProperties: false,
      },
      description: "Other levels of rules for some files; the last that fits counts.",
    },
    databases: {
      type: "array",
      items: {
        type: "object",
        properties: { name: { ...path, description: "What it is called in messages." }, ...settings },
        required: ["name", "files"],
        additionalProperties: false,
      },
      minItems: 1,
      description: "Several databases of one repository, each with its files and what is different for it.",
    },
  };
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "https://raw.githubusercontent.com/pgvet/pgvet/main/schema/config.json",
    title: "Configuration of pgvet",
    $defs: { level: { enum: LEVELS }, entry: entryWith([]) },
    type: "object",
    properties,
    if: { properties: { databases: {} }, required: ["databases"] },
    // Each database names its own files.
    // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
    then: { properties: { files: false } },
    additionalProperties: false,
  };
}

/** A level, or a mapping of level and options. */
function entryWith(options: readonly RuleOption[]): JsonSchema {
  const level = { $ref: "#/$defs/level" };
  const own = options.map(({ name, describe, default: otherwise }) => [
    name,
    {
      type: "array",
      items: { type: "string", pattern: "\\S" },
      description: describe,
      default: otherwise,
    },
  ]);
  return {
    anyOf: [
      level,
      {
        type: "object",
        properties: { level, ...Object.fromEntries(own) },
        additionalProperties: false,
      },
    ],
  };
}
