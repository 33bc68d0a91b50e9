import * as tf from "@tensorflow/tfjs-core";

tf.env().set("PROD", true); // no greeting on stdout
