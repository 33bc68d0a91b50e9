export {
  parseOptimizer,
  type Optimizer,
  type ParseOptimizerOptions,
  type AdamRule,
  type OtherRule,
  type Rule,
} from "./optimizer.js";
export { learningRate, type Schedule } from "./schedule.js";
export { initOptimizer, updateParams, type OptimizerState } from "./update.js";
export { clipGradients } from "./clip.js";
export { type ParamState, type Reals } from "./rules.js";
export { createTensorOptimizer, type TensorOptimizer } from "./tensor-optimizer.js";
export { type ObjectiveBatch } from "./gradients.js";
export {
  createLossWatch,
  type LossHistory,
  type LossWatch,
  type LossWatchOptions,
  type StepReport,
} from "./divergence.js";
export { splitRows } from "./micro-batches.js";
export { trainStep, type StepResult, type TrainStepOptions } from "./step.js";
export { type BatchSource, type Objective, type TrainingBatch } from "./source.js";
export {
  createPretrainingData,
  type ParallelCorpus,
  type PretrainingCorpora,
  type PretrainingOptions,
} from "./pretraining.js";
export {
  createTrainer,
  type Counters,
  type StepEvent,
  type Trainer,
  type TrainerOptions,
  type TrainerState,
  type TrainOptions,
} from "./trainer.js";
export { loadTrainer, saveTrainer } from "./saved.js";
export { embedSentences, retrievalAccuracy, type Retrieval, type RetrievalOptions, type Vectors } from "./retrieval.js";
export {
  evaluate,
  evaluationBatches,
  wordEnds,
  type EvaluateOptions,
  type Evaluation,
  type EvaluationBatch,
  type EvaluationBatchesOptions,
  type EvaluationText,
} from "./evaluate.js";
