// One server and one browser for a test file; people at it are watched, and what they complained about fails the test.
import { after, before } from "node:test";
import assert from "node:assert/strict";
import { launch, person } from "./browser.js";
import { start } from "./server.js";

/** `world.server`, `world.browser` and `world.person(options)`, there from the first test to the last. */
export function suite(options = {}) {
  const world = { server: undefined, browser: undefined };
  const people = [];
  world.person = async (more) => {
    const one = await person(world.browser, world.server, more);
    people.push(one);
    return one;
  };
  world.calm = () => {
    for (const one of people) assert.deepEqual(one.complaints.splice(0), [], "requests, console and content security policy");
  };
  before(async () => {
    [world.server, world.browser] = await Promise.all([start(options), launch()]);
  });
  after(async () => {
    await world.browser?.close();
    await world.server?.remove();
  });
  return world;
}
