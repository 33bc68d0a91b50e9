export {
  decodeSafetensors,
  decodeSafetensorsHeader,
  encodeSafetensors,
  headerLength,
  tensorAt,
  type SafetensorsHeader,
  type TensorData,
  type TensorEntry,
  type TensorFile,
} from "@xlm/core";
export { nodeDisk, type Disk, type DiskOptions, type OpenFile } from "./disk.js";
export { writeFileAtomic } from "./atomic.js";
export {
  readSafetensorsFile,
  readSafetensorsHeader,
  writeSafetensorsFile,
  type ReadSafetensorsOptions,
} from "./tensors.js";
export {
  listCheckpoints,
  loadCheckpoint,
  saveCheckpoint,
  type Checkpoint,
  type CheckpointPlace,
  type LoadCheckpointOptions,
  type LoadedCheckpoint,
  type SaveCheckpointOptions,
} from "./checkpoints.js";
