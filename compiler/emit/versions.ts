/** What an artifact declares itself to be, and the numbers that ONNX gives things. */

/** Opset 23 brought `Attention`; IR version 11 goes with it. */
export const OPSET = 23;
export const IR_VERSION = 11;
export const DOMAIN = 'ai.benben';
export const DOMAIN_VERSION = 1;

/** AttributeProto.AttributeType. */
export const ATTRIBUTE = { float: 1, int: 2, string: 3, tensor: 4, graph: 5, ints: 7 } as const;

/** TensorProto.DataLocation.EXTERNAL. */
export const EXTERNAL = 1;

/** ONNX Runtime's own operators. */
export const CONTRIB = 'com.microsoft';
export const CONTRIB_VERSION = 1;
