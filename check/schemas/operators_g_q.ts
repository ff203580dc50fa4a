/** Written by test/check/foreign/make_schemas.py; the format is described in ../schema.ts. */
export const ONNX_GQ = `
GRU 1 3,2 a0 a a a? b38? a? > a? a ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i output_sequence:i
GRU 3 3,0 a0 a a a? b38? a? > a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i linear_before_reset:i output_sequence:i
GRU 7 3,0 a0 a a a? b38? a? > a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i linear_before_reset:i
GRU 14 3,0 a0 a a a? b38? a? > a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i linear_before_reset:i
GRU 22 3,0 a3 a a a? b38? a? > a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i linear_before_reset:i
Gather 1 2,1 a25 b12 > a ; axis:i
Gather 13 2,1 a24 b12 > a ; axis:i
GatherElements 11 2,1 a25 b12 > a ; axis:i
GatherElements 13 2,1 a24 b12 > a ; axis:i
GatherND 11 2,1 a25 #6 > a
GatherND 12 2,1 a25 #6 > a ; batch_dims:i
GatherND 13 2,1 a24 #6 > a ; batch_dims:i
Gelu 20 1,1 a3 > a ; approximate:s
Gemm 1 3,1 a0 a a > a ; alpha:f beta:f broadcast:i transA:i transB:i
Gemm 7 3,1 a0 a a > a ; alpha:f beta:f transA:i transB:i
Gemm 9 3,1 a4 a a > a ; alpha:f beta:f transA:i transB:i
Gemm 11 2,1 a4 a a? > a ; alpha:f beta:f transA:i transB:i
Gemm 13 2,1 a5 a a? > a ; alpha:f beta:f transA:i transB:i
GlobalAveragePool 1 1,1 a0 > a
GlobalAveragePool 22 1,1 a3 > a
GlobalLpPool 1 1,1 a0 > a ; p:f
GlobalLpPool 2 1,1 a0 > a ; p:i
GlobalLpPool 22 1,1 a3 > a ; p:i
GlobalMaxPool 1 1,1 a0 > a
GlobalMaxPool 22 1,1 a3 > a
Greater 1 2,1 a0 a > b7 ; axis:i broadcast:i
Greater 7 2,1 a0 a > b7
Greater 9 2,1 a1 a > b7
Greater 13 2,1 a2 a > b7
GreaterOrEqual 12 2,1 a1 a > b7
GreaterOrEqual 16 2,1 a2 a > b7
GridSample 16 2,1 a25 b0 > a ; align_corners:i mode:s padding_mode:s
GridSample 22 2,1 a24 b3 > a ; align_corners:i mode:s padding_mode:s
GroupNormalization 18 deprecated
GroupNormalization 21 3,1 a3 a a > a ; epsilon:f num_groups:i! stash_type:i
HammingWindow 17 1,1 a12 > b2 ; output_datatype:i periodic:i
HannWindow 17 1,1 a12 > b2 ; output_datatype:i periodic:i
HardSigmoid 1 1,1 a0 > a ; alpha:f beta:f consumed_inputs:I
HardSigmoid 6 1,1 a0 > a ; alpha:f beta:f
HardSigmoid 22 1,1 a3 > a ; alpha:f beta:f
HardSwish 14 1,1 a0 > a
HardSwish 22 1,1 a3 > a
Hardmax 1 1,1 a0 > a ; axis:i
Hardmax 13 1,1 a3 > a ; axis:i
Identity 1 1,1 a25 > a
Identity 13 1,1 a24 > a
Identity 14 1,1 a50 > a
Identity 16 1,1 a51 > a
Identity 19 1,1 a52 > a
Identity 21 1,1 a53 > a
Identity 23 1,1 a54 > a
Identity 24 1,1 a55 > a
Identity 25 1,1 a56 > a
If 1 1,1 a7 > b25~ ; else_branch:g! then_branch:g!
If 13 1,1 a7 > b57~ ; else_branch:g! then_branch:g!
If 16 1,1 a7 > b51~ ; else_branch:g! then_branch:g!
If 19 1,1 a7 > b52~ ; else_branch:g! then_branch:g!
If 21 1,1 a7 > b53~ ; else_branch:g! then_branch:g!
If 23 1,1 a7 > b54~ ; else_branch:g! then_branch:g!
If 24 1,1 a7 > b55~ ; else_branch:g! then_branch:g!
If 25 1,1 a7 > b56~ ; else_branch:g! then_branch:g!
ImageDecoder 20 1,1 a48 > b48 ; pixel_format:s
InstanceNormalization 1 3,1 a0 a a > a ; consumed_inputs:I epsilon:f
InstanceNormalization 6 3,1 a0 a a > a ; epsilon:f
InstanceNormalization 22 3,1 a3 a a > a ; epsilon:f
IsInf 10 1,1 a58 > b7 ; detect_negative:i detect_positive:i
IsInf 20 1,1 a47 > b7 ; detect_negative:i detect_positive:i
IsNaN 9 1,1 a0 > b7
IsNaN 13 1,1 a3 > b7
IsNaN 20 1,1 a47 > b7
LRN 1 1,1 a0 > a ; alpha:f beta:f bias:f size:i!
LRN 13 1,1 a3 > a ; alpha:f beta:f bias:f size:i!
LSTM 1 3,0 a0 a a a? b38? a? a? a? > a? a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i output_sequence:i
LSTM 7 3,0 a0 a a a? b38? a? a? a? > a? a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i
LSTM 14 3,0 a0 a a a? b38? a? a? a? > a? a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i layout:i
LSTM 22 3,0 a3 a a a? b38? a? a? a? > a? a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i layout:i
LayerNormalization 17 2,1 a3 a a? > a b59? b? ; axis:i epsilon:f stash_type:i
LeakyRelu 1 1,1 a0 > a ; alpha:f consumed_inputs:I
LeakyRelu 6 1,1 a0 > a ; alpha:f
LeakyRelu 16 1,1 a3 > a ; alpha:f
Less 1 2,1 a0 a > b7 ; axis:i broadcast:i
Less 7 2,1 a0 a > b7
Less 9 2,1 a1 a > b7
Less 13 2,1 a2 a > b7
LessOrEqual 12 2,1 a1 a > b7
LessOrEqual 16 2,1 a2 a > b7
LinearAttention 27 3,2 a22 a a b22? a? a? > a b ; chunk_size:i kv_num_heads:i! q_num_heads:i! scale:f update_rule:s
Log 1 1,1 a0 > a ; consumed_inputs:I
Log 6 1,1 a0 > a
Log 13 1,1 a3 > a
LogSoftmax 1 1,1 a0 > a ; axis:i
LogSoftmax 13 1,1 a3 > a ; axis:i
Loop 1 3,1 a6? b7? c25~ > c~ ; body:g!
Loop 11 2,1 a6? b7? c25~ > c~ ; body:g!
Loop 13 2,1 a6? b7? c57~ > c~ ; body:g!
Loop 16 2,1 a6? b7? c51~ > c~ ; body:g!
Loop 19 2,1 a6? b7? c52~ > c~ ; body:g!
Loop 21 2,1 a6? b7? c53~ > c~ ; body:g!
Loop 23 2,1 a6? b7? c54~ > c~ ; body:g!
Loop 24 2,1 a6? b7? c55~ > c~ ; body:g!
Loop 25 2,1 a6? b7? c56~ > c~ ; body:g!
LpNormalization 1 1,1 a0 > a ; axis:i p:i
LpNormalization 22 1,1 a3 > a ; axis:i p:i
LpPool 1 1,1 a0 > a ; auto_pad:s kernel_shape:I p:f pads:I strides:I
LpPool 2 1,1 a0 > a ; auto_pad:s kernel_shape:I! p:i pads:I strides:I
LpPool 18 1,1 a0 > a ; auto_pad:s ceil_mode:i dilations:I kernel_shape:I! p:i pads:I strides:I
LpPool 22 1,1 a3 > a ; auto_pad:s ceil_mode:i dilations:I kernel_shape:I! p:i pads:I strides:I
MatMul 1 2,1 a0 a > a
MatMul 9 2,1 a4 a > a
MatMul 13 2,1 a5 a > a
MatMulInteger 10 2,1 a37 b37 a? b? > c38
Max 1 1,1 a0* > a ; consumed_inputs:I
Max 6 1,1 a0* > a
Max 12 1,1 a1* > a
Max 13 1,1 a2* > a
MaxPool 1 1,1 a0 > a ; auto_pad:s kernel_shape:I! pads:I strides:I
MaxPool 8 1,1 a0 > a b6? ; auto_pad:s kernel_shape:I! pads:I storage_order:i strides:I
MaxPool 10 1,1 a0 > a b6? ; auto_pad:s ceil_mode:i dilations:I kernel_shape:I! pads:I storage_order:i strides:I
MaxPool 12 1,1 a60 > a b6? ; auto_pad:s ceil_mode:i dilations:I kernel_shape:I! pads:I storage_order:i strides:I
MaxPool 22 1,1 a61 > a b6? ; auto_pad:s ceil_mode:i dilations:I kernel_shape:I! pads:I storage_order:i strides:I
MaxRoiPool 1 2,1 a0 a > a ; pooled_shape:I! spatial_scale:f
MaxRoiPool 22 2,1 a3 a > a ; pooled_shape:I! spatial_scale:f
MaxUnpool 9 2,1 a0 b6 b? > a ; kernel_shape:I! pads:I strides:I
MaxUnpool 22 2,1 a3 b6 b? > a ; kernel_shape:I! pads:I strides:I
Mean 1 1,1 a0* > a ; consumed_inputs:I
Mean 6 1,1 a0* > a
Mean 13 1,1 a3* > a
MeanVarianceNormalization 9 1,1 a0 > a ; axes:I
MeanVarianceNormalization 13 1,1 a3 > a ; axes:I
MelWeightMatrix 17 5,1 a12 a a b3 b > c2 ; output_datatype:i
Min 1 1,1 a0* > a ; consumed_inputs:I
Min 6 1,1 a0* > a
Min 12 1,1 a1* > a
Min 13 1,1 a2* > a
Mish 18 1,1 a0 > a
Mish 22 1,1 a3 > a
Mod 10 2,1 a1 a > a ; fmod:i
Mod 13 2,1 a2 a > a ; fmod:i
Mul 1 2,1 a0 a > a ; axis:i broadcast:i consumed_inputs:I
Mul 6 2,1 a4 a > a ; axis:i broadcast:i
Mul 7 2,1 a4 a > a
Mul 13 2,1 a5 a > a
Mul 14 2,1 a2 a > a
Multinomial 7 1,1 a0 > b12 ; dtype:i sample_size:i seed:f
Multinomial 22 1,1 a3 > b12 ; dtype:i sample_size:i seed:f
Neg 1 1,1 a0 > a ; consumed_inputs:I
Neg 6 1,1 a62 > a
Neg 13 1,1 a63 > a
NegativeLogLikelihoodLoss 12 2,1 a0 b12 a? > a ; ignore_index:i reduction:s
NegativeLogLikelihoodLoss 22 2,1 a3 b12 a? > a ; ignore_index:i reduction:s
NonMaxSuppression 10 2,1 #23 #23 #6? #23? #23? > #6 ; center_point_box:i
NonZero 9 1,1 a25 > #6
NonZero 13 1,1 a24 > #6
Not 1 1,1 a7 > a
OneHot 9 3,1 a1 b1 c25 > c ; axis:i
OneHot 28 3,1 a1 b1 c24 > c ; axis:i
Optional 15 0,1 a57? > b64 ; type:p
Optional 28 0,1 a65? > b64 ; type:p
OptionalGetElement 15 1,1 a64 > b57
OptionalGetElement 18 1,1 a66 > b57
OptionalGetElement 28 1,1 a67 > b65
OptionalHasElement 15 1,1 a64 > b7
OptionalHasElement 18 0,1 a66? > b7
OptionalHasElement 28 0,1 a67? > b7
Or 1 2,1 a7 a > b7 ; axis:i broadcast:i
Or 7 2,1 a7 a > b7
PRelu 1 2,1 a0 a > a ; consumed_inputs:I
PRelu 6 2,1 a0 a > a
PRelu 9 2,1 a4 a > a
PRelu 16 2,1 a5 a > a
Pad 1 1,1 a0 > a ; mode:s paddings:I! value:f
Pad 2 1,1 a0 > a ; mode:s pads:I! value:f
Pad 11 2,1 a1 #6 a? > a ; mode:s
Pad 13 2,1 a24 #6 a? > a ; mode:s
Pad 18 2,1 a24 #6 a? b12? > a ; mode:s
Pad 21 2,1 a28 #6 a? b12? > a ; mode:s
Pad 23 2,1 a29 #6 a? b12? > a ; mode:s
Pad 24 2,1 a30 #6 a? b12? > a ; mode:s
Pad 25 2,1 a31 #6 a? b12? > a ; mode:s
Pow 1 2,1 a0 a > a ; axis:i broadcast:i
Pow 7 2,1 a0 a > a
Pow 12 2,1 a68 b1 > a
Pow 13 2,1 a69 b1 > a
Pow 15 2,1 a69 b2 > a
QLinearConv 10 8,1 a37 #23 a b37 #23 b #23 c37 d38? > c ; auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
QLinearMatMul 10 8,1 a37 #23 a b37 #23 b #23 c37 > c
QLinearMatMul 21 8,1 a70 b22 a c70 b c b d70 > d
QuantizeLinear 10 2,1 a71 #23 b37? > b
QuantizeLinear 13 2,1 a71 #23 b37? > b ; axis:i
QuantizeLinear 19 2,1 a72 a b70? > b ; axis:i saturate:i
QuantizeLinear 21 2,1 a72 a b73? > b ; axis:i block_size:i output_dtype:i saturate:i
QuantizeLinear 23 2,1 a72 b72 c74? > c ; axis:i block_size:i output_dtype:i precision:i saturate:i
QuantizeLinear 24 2,1 a72 b75 c74? > c ; axis:i block_size:i output_dtype:i precision:i saturate:i
QuantizeLinear 25 2,1 a72 b75 c76? > c ; axis:i block_size:i output_dtype:i precision:i saturate:i
QuantizeLinear 28 2,1 a72 b75 c77? > c ; axis:i block_size:i output_dtype:i precision:i saturate:i
`;
