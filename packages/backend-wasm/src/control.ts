// Where the launcher and the threads meet: one small block of the shared memory, in bytes from its start.
// Read by TypeScript and by AssemblyScript alike.

export enum Control {
  /** Number of the job that runs; goes up by one with each. Idle threads sleep on it. */
  Job = 1024,
  /** Chunks that nobody has taken yet; below 1 there are none. */
  Remaining = 1028,
  /** Chunks that are finished. */
  Done = 1032,
  /** Which kernel. */
  Op = 1036,
  /** Chunks in all. */
  Count = 1040,
  /** 1 when the threads shall end. */
  Stop = 1044,
  /** Threads asleep. */
  Sleeping = 1048,
  /** Threads that are up, without the first. */
  Ready = 1052,
  /** Address of the threads' scratch. */
  Scratch = 1056,
  /** Bytes of scratch that each thread has. */
  ScratchBytes = 1060,
  /** Arguments of the kernel: 32 words, whole numbers first. */
  Args = 1152,
  /** Its floats. */
  Floats = 1248,
  /** First byte beyond. */
  End = 2048,
}
