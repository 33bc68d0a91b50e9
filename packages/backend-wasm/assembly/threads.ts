// Running a kernel on several threads: whoever is free takes the next chunk. Which thread computes a chunk changes nothing
// in what it writes, so any number of threads gives the same bits.
import { Control } from "../src/control";
import { run } from "./dispatch";

/** Looks that a thread takes for the next job before it goes to sleep: some ten microseconds. */
const LOOKS: i32 = 20000;

/**
 * Takes chunks until none is left. The number of a taken chunk counts down, so taking one is a single operation that stays
 * valid whenever it happens: a late thread finds less than 1, or a chunk of the next job with all of that job's arguments.
 */
function work(thread: i32): void {
  while (true) {
    const left = atomic.sub<i32>(Control.Remaining, 1);
    if (left < 1) return;
    const count = load<i32>(Control.Count);
    const scratch = <usize>load<u32>(Control.Scratch) + <usize>thread * <usize>load<u32>(Control.ScratchBytes);
    run(load<i32>(Control.Op), count - left, Control.Args, scratch);
    if (atomic.add<i32>(Control.Done, 1) + 1 == count) atomic.notify(Control.Done, 1);
  }
}

/** Runs the kernel and arguments that stand in the control block, on the calling thread alone. */
export function launch(op: i32, count: i32): void {
  const scratch = <usize>load<u32>(Control.Scratch);
  for (let chunk: i32 = 0; chunk < count; chunk++) run(op, chunk, Control.Args, scratch);
}

/** The same, with the help of all threads. `canSleep` is 0 where the engine forbids this thread to (a page's main thread). */
export function launchShared(op: i32, count: i32, canSleep: i32): void {
  store<i32>(Control.Op, op);
  store<i32>(Control.Count, count);
  atomic.store<i32>(Control.Done, 0);
  atomic.store<i32>(Control.Remaining, count);
  atomic.add<i32>(Control.Job, 1);
  if (atomic.load<i32>(Control.Sleeping) > 0) atomic.notify(Control.Job, i32.MAX_VALUE);
  work(0);
  let looks: i32 = 0;
  while (true) {
    const done = atomic.load<i32>(Control.Done);
    if (done == count) return;
    if (canSleep && ++looks > LOOKS) atomic.wait<i32>(Control.Done, done, -1);
  }
}

/** What a further thread does for all its life. */
export function serve(thread: i32): void {
  let seen = atomic.load<i32>(Control.Job);
  atomic.add<i32>(Control.Ready, 1);
  while (true) {
    work(thread);
    let looks: i32 = 0;
    while (atomic.load<i32>(Control.Job) == seen) {
      if (++looks > LOOKS) {
        atomic.add<i32>(Control.Sleeping, 1);
        atomic.wait<i32>(Control.Job, seen, -1);
        atomic.sub<i32>(Control.Sleeping, 1);
      }
    }
    seen = atomic.load<i32>(Control.Job);
    if (atomic.load<i32>(Control.Stop)) return;
  }
}
