// The browser's proof checker under node: `node --test crates/doors/web/tests/proof.test.mjs`. The file is the one the journal's test checks.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { check, ProofError, WORDS } from "../assets/proof.js";

const text = readFileSync(new URL("../../../ground/journal/tests/proof.json", import.meta.url), "utf8");
const plain = text.trimEnd();

test("a genuine file is proven, and says what it proves", async () => {
  const entry = await check(text);
  assert.equal(entry.kind, "access.granted");
  assert.equal(entry.authority, "15003000");
  assert.equal(entry.verifier, JSON.parse(text).verifier);
  assert.deepEqual(await check(text, entry.verifier), entry);
});

test("another key than the trusted one is refused", async () => {
  await assert.rejects(check(text, "wegfrei/15002000+00000000+AAAA"), { code: "key" });
});

test("no changed byte survives, and every refusal has words", async () => {
  const bytes = Buffer.from(plain);
  for (let at = 0; at < bytes.length; at += 1) {
    for (let bit = 0; bit < 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed[at] ^= 1 << bit;
      await assert.rejects(
        check(changed.toString("utf8")),
        (error) => error instanceof ProofError && error.code !== "unsupported" && error.code in WORDS,
        `byte ${at}, bit ${bit}`,
      );
    }
  }
});

test("what is cut, spaced, doubled or no proof at all is refused", async () => {
  const file = JSON.parse(plain);
  for (const wrong of [
    "",
    "null",
    "[]",
    "{}",
    plain.slice(0, -1),
    ` ${plain}`,
    `${plain}\n\n`,
    plain.replace("{", '{"format":"x",'),
    JSON.stringify({ ...file, more: 1 }),
    JSON.stringify({ ...file, proof: [] }),
    JSON.stringify({ ...file, proof: [...file.proof, file.proof[0]] }),
    JSON.stringify({ ...file, checkpoint: 1 }),
  ]) {
    await assert.rejects(check(wrong), ProofError, wrong.slice(0, 60));
  }
});
