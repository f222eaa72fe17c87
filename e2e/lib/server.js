// The server under test: one `wegfrei demo` in a folder of its own, on a port of its own.
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { randomBytes } from "node:crypto";

const here = fileURLToPath(new URL("..", import.meta.url));
/** The binary under test. */
export const BINARY = resolve(here, process.env.WEGFREI_BIN ?? "../target/debug/wegfrei");
const STARTED_WITHIN = 60_000;

/** Starts a server; `database` is a PostgreSQL address, without it SQLite in the data folder; `packages` a folder of packages. */
export async function start({ empty = true, database, data, port = 0, packages } = {}) {
  const folder = data ?? mkdtempSync(join(tmpdir(), "wegfrei-e2e-"));
  const line = ["demo", "--data", folder, "--listen", `127.0.0.1:${port}`];
  if (empty) line.push("--empty");
  if (database) line.push("--database", database);
  const env = packages ? { ...process.env, WEGFREI_PACKAGES: packages } : process.env;
  const child = spawn(BINARY, line, { stdio: ["ignore", "pipe", "pipe"], env });
  let said = "";
  let ended = null;
  const exit = new Promise((done) => child.on("close", (code, signal) => done((ended = code ?? signal))));
  child.on("error", (error) => { said += `${BINARY}: ${error.message}\n`; ended ??= "error"; });
  child.stderr.on("data", (text) => { said += text; });
  const url = await new Promise((done, fail) => {
    const late = setTimeout(() => fail(new Error(`the server did not say its address:\n${said}`)), STARTED_WITHIN);
    child.stdout.on("data", (text) => {
      said += text;
      const found = /http:\/\/127\.0\.0\.1:\d+(?=\/anmelden)/.exec(said);
      if (found) { clearTimeout(late); done(found[0]); }
    });
    exit.then((code) => { clearTimeout(late); fail(new Error(`the server ended (${code}):\n${said}`)); });
  });
  const stop = async (signal = "SIGTERM") => {
    if (ended === null) child.kill(signal);
    return await exit;
  };
  return {
    url, folder, database, stop,
    port: Number(new URL(url).port),
    log: () => said,
    /** Starts it again on the same data and port, with other packages perhaps. */
    again: (more = {}) => start({ empty: true, database, data: folder, port: Number(new URL(url).port), packages, ...more }),
    remove: async () => { await stop("SIGKILL"); rmSync(folder, { recursive: true, force: true }); },
  };
}

/** `wegfrei verify` over a stopped server's data. */
export function verify(server) {
  const line = ["verify", "--data", server.folder];
  // The binary refuses WEGFREI_ names that are no keys of its configuration.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("WEGFREI_")));
  if (server.database) Object.assign(env, {
    WEGFREI_DATABASE: server.database, WEGFREI_KEYS: join(server.folder, "keys"), WEGFREI_SECRET: join(server.folder, "secret"),
  });
  const run = spawnSync(BINARY, server.database ? ["verify"] : line, { encoding: "utf8", env, cwd: server.folder });
  return { code: run.status, text: run.stdout + run.stderr };
}

/** A fresh PostgreSQL database on the server that `address` names; `drop` removes it. */
export function freshDatabase(address) {
  const name = `e2e_${randomBytes(6).toString("hex")}`;
  const url = new URL(address);
  const psql = (sql) => {
    const run = spawnSync("psql", ["-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql, address], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`psql: ${run.stderr}`);
  };
  psql(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => psql(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}
