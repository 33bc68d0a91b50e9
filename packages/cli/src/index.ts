export { main } from "./main.js";
export { interruptSignal, processIo, type Io, type Sink } from "./io.js";
export { BACKENDS, startBackend, type BackendEntry } from "./backends.js";
export { renderReport } from "./report/page.js";
export { type ReportData } from "./report/data.js";
