// Jasmine's globals (describe, it, expect ...) and the environment that tfjs-core's tests join. The browser build is
// taken because it loads nothing from disk, so it can be bundled; tfjs-core's own test helpers take the same one.
import jasmineRequire from "jasmine-core/lib/jasmine-core/jasmine.js";

export interface Result {
  fullName: string;
  status: string;
  failedExpectations: readonly { message: string }[];
}

export interface Reporter {
  specDone(result: Result): void;
  suiteDone(result: Result): void;
  jasmineDone(result: Pick<Result, "failedExpectations">): void;
}

interface Env {
  configure(options: { random: boolean }): void;
  addReporter(reporter: Reporter): void;
  execute(): Promise<unknown>;
}

interface Jasmine {
  DEFAULT_TIMEOUT_INTERVAL: number;
  getEnv(options: { suppressLoadErrors: boolean }): Env;
}

const { core, interface: globals } = jasmineRequire as {
  core(require: unknown): Jasmine;
  interface(jasmine: Jasmine, env: Env): object;
};

const jasmine = core(jasmineRequire);
jasmine.DEFAULT_TIMEOUT_INTERVAL = 20_000; // ms a spec, what tfjs-core asks for

/** Runs the specs in the order in which they were declared. */
export const jasmineEnv = jasmine.getEnv({ suppressLoadErrors: true }); // what fails while loading ends the process
jasmineEnv.configure({ random: false });
Object.assign(globalThis, globals(jasmine, jasmineEnv));
