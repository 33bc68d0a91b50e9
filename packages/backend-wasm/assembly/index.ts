export { launch, launchShared, serve } from "./threads";
export { tilePeak } from "./product";
