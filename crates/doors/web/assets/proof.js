// "Beweis prüfen": checks a proof file (format wegfrei-proof/1) in the browser or under node, with nothing but the file and, if given, the
// public key one trusts. The same rules as crates/ground/journal/src/entry_proof.rs; both are tested with the same files.
//
// entry → leaf hash (RFC 6962 § 2.1) → root (RFC 9162 § 2.1.3.2) → checkpoint and its signature (C2SP signed-note, Ed25519).
// No network, no page: an ES module that a page imports.

const FORMAT = "wegfrei-proof/1";
const HEADER = "wegfrei entry v1\n";

/** Why a proof proves nothing. `code`: form, key, entry, signature, path; or unsupported when the browser cannot check Ed25519. */
export class ProofError extends Error {
  constructor(code) {
    super(code);
    this.name = "ProofError";
    this.code = code;
  }
}

/** What people read for each code. */
export const WORDS = {
  form: "Das ist keine unveränderte Beweisdatei.",
  key: "Die Datei nennt einen anderen Schlüssel als den der Behörde.",
  entry: "Der Eintrag in der Datei gehört nicht zum Protokoll dieser Behörde.",
  signature: "Der Prüfpunkt trägt keine gültige Unterschrift der Behörde.",
  path: "Der Eintrag steht nicht im unterschriebenen Protokoll: Er wurde verändert oder stand nie darin.",
  unsupported:
    "Ihr Browser kann diese Unterschrift nicht prüfen. Bitte aktualisieren Sie ihn, oder prüfen Sie die Datei mit: wegfrei proof check DATEI",
};

function fail(code) {
  throw new ProofError(code);
}

function bytesOf(text) {
  return new TextEncoder().encode(text);
}

/** Strict base64: one text for one value. */
function base64(text, code) {
  let binary;
  try {
    binary = atob(text);
  } catch {
    fail(code);
  }
  if (btoa(binary) !== text) {
    fail(code);
  }
  return Uint8Array.from(binary, (c) => c.charCodeAt(0));
}

function equal(a, b) {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

async function sha256(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", whole));
}

/** `name+hash+base64(type ‖ key)`. */
async function verifierKey(text) {
  const [name, hash, ...rest] = text.split("+");
  const key = base64(rest.join("+"), "key");
  if (!name || /\s/u.test(name) || key.length !== 33 || key[0] !== 1) {
    fail("key");
  }
  const id = (await sha256(bytesOf(`${name}\n`), key)).slice(0, 4);
  const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, "0")).join("");
  if (hex !== hash) {
    fail("key");
  }
  return { name, id, bytes: key.slice(1) };
}

/** The canonical bytes of an entry, taken apart (canonical.rs). */
function decode(bytes) {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const header = bytesOf(HEADER);
  if (!equal(bytes.slice(0, header.length), header)) {
    fail("entry");
  }
  let at = header.length;
  const take = (tags) => {
    if (at + 5 > bytes.length) {
      fail("entry");
    }
    const tag = bytes[at];
    const length = new DataView(bytes.buffer, bytes.byteOffset + at + 1, 4).getUint32(0);
    const value = bytes.slice(at + 5, at + 5 + length);
    at += 5 + length;
    if (!tags.includes(tag) || value.length !== length || (tag === 0 && length !== 0)) {
      fail("entry");
    }
    return value;
  };
  const words = () => {
    try {
      return text.decode(take([1]));
    } catch {
      return fail("entry");
    }
  };
  const number = (signed) => {
    const value = take([2]);
    if (value.length !== 8) {
      fail("entry");
    }
    const view = new DataView(value.buffer);
    return signed ? view.getBigInt64(0) : view.getBigUint64(0);
  };
  const entry = {
    authority: words(),
    seq: number(false),
    time: number(true),
    stream: words(),
    version: number(false),
    kind: words(),
    actor: words(),
    purpose: words(),
    facts: words(),
  };
  take([0, 3]);
  take([3]);
  if (at !== bytes.length) {
    fail("entry");
  }
  return entry;
}

/** A signed note: what is signed, and the signatures. */
function note(text) {
  // A note holds no control characters but line feeds.
  const at = /[\u0000-\u0009\u000b-\u001f]/u.test(text) ? -1 : text.lastIndexOf("\n\n");
  if (at < 0 || !text.endsWith("\n")) {
    fail("signature");
  }
  const lines = text.slice(at + 2, -1).split("\n");
  const signatures = lines.map((line) => {
    const found = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line) ?? fail("signature");
    const bytes = base64(found[2], "signature");
    return { name: found[1], id: bytes.slice(0, 4), signature: bytes.slice(4) };
  });
  return { text: text.slice(0, at + 1), signatures };
}

function checkpoint(text, name) {
  const lines = text.split("\n");
  const [origin, size, root, ...more] = lines.slice(0, -1);
  if (origin !== name || !/^(0|[1-9][0-9]{0,19})$/u.test(size ?? "") || root === undefined || more.includes("")) {
    fail("signature");
  }
  const hash = base64(root, "signature");
  if (hash.length !== 32) {
    fail("signature");
  }
  return { size: BigInt(size), root: hash };
}

async function signed(note, key) {
  const own = note.signatures.filter((one) => one.name === key.name && equal(one.id, key.id));
  if (own.length === 0) {
    fail("signature");
  }
  let publicKey;
  try {
    publicKey = await crypto.subtle.importKey("raw", key.bytes, { name: "Ed25519" }, false, ["verify"]);
  } catch {
    fail("unsupported");
  }
  for (const one of own) {
    if (!(await crypto.subtle.verify({ name: "Ed25519" }, publicKey, one.signature, bytesOf(note.text)))) {
      fail("signature");
    }
  }
}

/** RFC 9162 § 2.1.3.2. */
async function included(leaf, seq, size, proof, root) {
  if (seq >= size) {
    return false;
  }
  let [place, last, hash] = [seq, size - 1n, leaf];
  for (const one of proof) {
    if (last === 0n) {
      return false;
    }
    if ((place & 1n) === 1n || place === last) {
      hash = await sha256(Uint8Array.of(1), one, hash);
      while (place !== 0n && (place & 1n) === 0n) {
        place >>= 1n;
        last >>= 1n;
      }
    } else {
      hash = await sha256(Uint8Array.of(1), hash, one);
    }
    place >>= 1n;
    last >>= 1n;
  }
  return last === 0n && equal(hash, root);
}

/**
 * Checks the text of a proof file. `trusted` is the verifier key the authority publishes (`wegfrei/<AGS>+<hash>+<key>`); without it the key in
 * the file is used, and the answer names it, to be compared by eye.
 *
 * Gives what the entry says: authority, seq, time (a Date), stream, kind, actor, purpose, facts (JSON text), treeSize, verifier.
 * Throws a ProofError.
 */
export async function check(text, trusted) {
  if (!globalThis.crypto?.subtle) {
    fail("unsupported");
  }
  const plain = text.endsWith("\n") ? text.slice(0, -1) : text;
  let file;
  try {
    file = JSON.parse(plain);
  } catch {
    fail("form");
  }
  const { format, verifier, entry, proof, checkpoint: signedNote } = file ?? {};
  const texts = [format, verifier, entry, signedNote].every((one) => typeof one === "string");
  if (!texts || !Array.isArray(proof) || !proof.every((one) => typeof one === "string") || format !== FORMAT) {
    fail("form");
  }
  // One form only: whatever is added, doubled, reordered or spaced differently is not this file.
  if (JSON.stringify({ format, verifier, entry, proof, checkpoint: signedNote }) !== plain) {
    fail("form");
  }
  const key = await verifierKey(verifier);
  if (trusted !== undefined && trusted !== verifier) {
    fail("key");
  }
  const bytes = base64(entry, "form");
  const found = decode(bytes);
  if (key.name !== `wegfrei/${found.authority}`) {
    fail("entry");
  }
  const parts = note(signedNote);
  const tree = checkpoint(parts.text, key.name);
  await signed(parts, key);
  const path = proof.map((one) => base64(one, "form"));
  if (path.some((one) => one.length !== 32)) {
    fail("form");
  }
  const leaf = await sha256(Uint8Array.of(0), bytes);
  if (!(await included(leaf, found.seq, tree.size, path, tree.root))) {
    fail("path");
  }
  return {
    ...found,
    seq: found.seq.toString(),
    version: found.version.toString(),
    time: new Date(Number(found.time / 1000n)),
    treeSize: tree.size.toString(),
    verifier,
  };
}
