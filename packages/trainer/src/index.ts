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
export { joinOptimizers, ownState } from "./join-optimizers.js";
export { parametersOfLayers } from "./layers.js";
export {
  encoderOf,
  translatorOf,
  writerOf,
  type Batch,
  type LabelledBatch,
  type Objective,
  type ObjectiveBatch,
  type TextContext,
  type TextObjective,
} from "./objective.js";
export { clm, pairClm, type PairClmOptions } from "./objectives/clm.js";
export { mlm } from "./objectives/mlm.js";
export { tlm } from "./objectives/tlm.js";
export { pc } from "./objectives/pc.js";
export { ae } from "./objectives/ae.js";
export { mt } from "./objectives/mt.js";
export { bt, type BackTranslationBatch } from "./objectives/bt.js";
export { classify, type Classifier } from "./objectives/classify.js";
export {
  createLossWatch,
  type LossHistory,
  type LossWatch,
  type LossWatchOptions,
  type StepReport,
} from "./divergence.js";
export { splitRows } from "./micro-batches.js";
export { trainStep, type StepResult, type TrainStepOptions } from "./step.js";
export { type BatchSource, type TrainingBatch } from "./source.js";
export { type TrainingStep } from "./steps.js";
export {
  createTrainingData,
  type ParallelCorpus,
  type TrainingCorpora,
  type TrainingDataOptions,
} from "./training-data.js";
export {
  createTrainer,
  type Counters,
  type StepEvent,
  type Trainer,
  type TrainerOptions,
  type TrainerState,
  type TrainOptions,
} from "./trainer.js";
export { trainEpochs, type EpochEvent, type EpochOptions, type EpochProgress, type SavedName } from "./epochs.js";
export {
  initSelection,
  parseCriterion,
  parseMetrics,
  updateSelection,
  type Criteria,
  type Metric,
  type Scores,
  type Selection,
  type StoppingCriterion,
} from "./criteria.js";
export { loadTrainer, saveTrainer } from "./saved.js";
export { loadModel, saveModel, saveRun, type SavedModel } from "./saved-model.js";
export { embedSentences, retrievalAccuracy, type Retrieval, type RetrievalOptions, type Vectors } from "./retrieval.js";
export { evaluate, wordEnds, type EvaluateOptions, type Evaluation, type EvaluationBatch } from "./evaluate.js";
export { evaluationBatches, type EvaluationBatchesOptions, type EvaluationText } from "./evaluation-batches.js";
export { metricName, namedScores, type TextScores } from "./metric-names.js";
export { translationBleu, type TranslationBleuOptions, type TranslationScore } from "./translation-evaluation.js";
export { roundTripBleu, type RoundTripOptions } from "./round-trip.js";
export { type TranslateOptions } from "./translate.js";
