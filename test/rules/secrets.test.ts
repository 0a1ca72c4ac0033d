// biome-ignore-all lint/suspicious/noTemplateCurlyInString: placeholders of other languages
import { describe, expect, it } from "vitest";
import { isPlaceholder, isPutIn, knownSecret, looksRandom } from "../../src/access/secrets.ts";
import { idsOf, lintText, textUnder } from "../support/lint.ts";

const token = (payload: object): string =>
  [
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
    Buffer.from(JSON.stringify(payload)).toString("base64url"),
    "c2lnbmF0dXJlc2lnbmF0dXJl",
  ].join(".");

describe("secrets", () => {
  it.each([
    "...",
    "***",
    "xxx",
    "",
    "${PASSWORD}",
    "{{ password }}",
    "<password>",
    "%(password)s",
    "$PASSWORD",
    "your-password-here",
    "@PASSWORD@",
  ])("%s is a placeholder", (text) => expect(isPlaceholder(text)).toBe(true));

  it.each(["winter2024", "changeme", "password", "p$ssw0rd", "hunter2hunter2"])("%s is none", (text) =>
    expect(isPlaceholder(text)).toBe(false),
  );

  it("takes tokens for clients as public", () => {
    expect(knownSecret(token({ role: "service_role" }))).not.toBeNull();
    expect(knownSecret(token({ role: "anon" }))).toBeNull();
    expect(knownSecret(token({ role: "service_role", iss: "supabase-demo" }))).toBeNull();
  });

  it("tells random text from hashes, names and paths", () => {
    expect(looksRandom("kJ8x2QmZp4Rt7Vw1Yb3Nc6DfHs9L")).toBe(true);
    for (const text of [
      "d41d8cd98f00b204e9800998ecf8427e",
      "3f333df6-90a4-4fda-8dd3-9485d27cee36",
      "com.example.MyLongClassName.method2",
      "ACTIVE_STATUS_OF_THE_ORDER_1234",
    ]) {
      expect(looksRandom(text), text).toBe(false);
    }
  });

  it("sees variables and templates in the source, not what the parser is given for them", () => {
    for (const raw of [":'password'", " = :'secret'", "{{ password }}", "${PASSWORD}", "TO :secret"])
      expect(isPutIn(raw), raw).toBe(true);
    for (const raw of ["'password'", " = 'secret'", "$$secret$$", "$tag$secret$tag$", "E'x'"])
      expect(isPutIn(raw), raw).toBe(false);
  });

  it.each([
    ["CREATE ROLE app LOGIN PASSWORD 'topsecret2024';", "password-literal/role"],
    ["ALTER DATABASE d SET app.jwt_secret = 'topsecret2024';", "secret-in-setting"],
    [
      "CREATE FUNCTION f(x text) RETURNS bytea LANGUAGE sql AS $$ SELECT hmac(x, 'topsecret2024', 'sha256') $$;",
      "hardcoded-secret",
    ],
    [
      "CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (api_key 'topsecret2024');",
      "secret-in-foreign-options",
    ],
  ])("are not repeated in what is reported: %s", async (sql, id) => {
    const report = await lintText(sql);
    const found = report.findings.filter((finding) =>
      [finding.rule, `${finding.rule}/${finding.variant}`].includes(id),
    );
    expect(found).toHaveLength(1);
    for (const { message, label, help, why, object } of found) {
      expect([message, label, help, why, object].join(" ")).not.toContain("topsecret2024");
    }
  });

  it("counts a password once, in whatever block it stands", async () => {
    const once = (sql: string): Promise<number> =>
      lintText(sql).then((report) => idsOf(report).filter((id) => id === "password-literal/role").length);
    expect(
      await once(
        "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'a') THEN CREATE ROLE a LOGIN PASSWORD 'winter2024'; END IF; END $$;",
      ),
    ).toBe(1);
    expect(await once("CREATE ROLE a LOGIN; CREATE ROLE a LOGIN PASSWORD 'winter2024';")).toBe(1);
    expect(await once("BEGIN; CREATE ROLE a LOGIN PASSWORD 'winter2024'; ROLLBACK;")).toBe(1);
  });
});

describe("statements that were taken back", () => {
  it("do not count", async () => {
    const rolledBack = await lintText("BEGIN; ALTER DATABASE d SET lo_compat_privileges = on; ROLLBACK;");
    expect(idsOf(rolledBack)).not.toContain("insecure-setting/large-objects");
    const kept = await lintText("BEGIN; ALTER DATABASE d SET lo_compat_privileges = on; COMMIT;");
    expect(idsOf(kept)).toContain("insecure-setting/large-objects");
  });
});

describe("a secret in a long text", () => {
  const KEY = "sk_live_4eC39HqLyjWDarjtT1zdp7dc";
  const found = async (sql: string) =>
    (await lintText(sql)).findings.filter(({ rule }) => rule === "hardcoded-secret");

  it("is pointed at itself", async () => {
    const inScript = await found(
      `SELECT cron.schedule('a', '* * * * *', $$\n  SELECT f('x',\n 'Bearer ${KEY}')$$);`,
    );
    expect(inScript.map(textUnder)).toEqual([KEY]);
    const inTrigger = await found(
      `CREATE TABLE t (a int);\nCREATE TRIGGER h AFTER INSERT ON t FOR EACH ROW\n EXECUTE FUNCTION f('u', '{"k":"${KEY}"}');`,
    );
    expect(inTrigger.map(textUnder)).toEqual([KEY]);
  });

  it("is one, with Bearer before it and without", async () => {
    const body = `BEGIN PERFORM f('Bearer ${KEY}'); PERFORM f('${KEY}'); END`;
    const [only, ...others] = await found(
      `CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS $$ ${body} $$;`,
    );
    expect(others).toEqual([]);
    expect(only?.related).toHaveLength(1);
  });
});
