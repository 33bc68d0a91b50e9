export { languageProbs, type LanguageProbsOptions } from "./probs.js";
export { mixtureCounts, sampleLines, type MixtureOptions } from "./mixture.js";
export {
  createLanguageSampler,
  restoreLanguageSampler,
  type LanguageSampler,
  type LanguageSamplerState,
} from "./languages.js";
export {
  createEpochOrder,
  restoreEpochOrder,
  type EpochOrder,
  type EpochOrderOptions,
  type EpochOrderState,
} from "./order.js";
export {
  createBatchSchedule,
  restoreBatchSchedule,
  DEFAULT_BATCH,
  type BatchSchedule,
  type BatchScheduleState,
  type BatchStep,
  type StepGroup,
} from "./batches.js";
export { parseSchedule, scheduleValue, type Schedule } from "./schedule.js";
