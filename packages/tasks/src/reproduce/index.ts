export type {
  ArmResult,
  Claim,
  Column,
  Experiment,
  ExperimentKind,
  PaperTable,
  Picture,
  ReadLines,
  Variant,
} from "./experiment.js";
export {
  createLab,
  memoryStore,
  Stopped,
  type CurvePoint,
  type Lab,
  type LabEvent,
  type LabOptions,
  type LabStore,
  type Scores,
  type Trained,
  type Training,
  type TrainingRecord,
} from "./lab.js";
export { type Reproduction, type Row, type Stage, type Verdict } from "./reproduction.js";
export { reproduce, type ArmEvent, type ReproduceOptions } from "./run.js";
export { lowResourceLm } from "./low-resource-lm.js";
export { supervisedMt } from "./supervised-mt.js";
export { unsupervisedMt } from "./unsupervised-mt.js";
export { wordEmbeddings } from "./word-embeddings.js";
export { xnli } from "./xnli.js";
