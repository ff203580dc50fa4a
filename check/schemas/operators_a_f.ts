/** Written by test/check/foreign/make_schemas.py; the format is described in ../schema.ts. */
export const ONNX_AF = `
Abs 1 1,1 a0 > a ; consumed_inputs:I
Abs 6 1,1 a1 > a
Abs 13 1,1 a2 > a
Acos 7 1,1 a0 > a
Acos 22 1,1 a3 > a
Acosh 9 1,1 a0 > a
Acosh 22 1,1 a3 > a
Add 1 2,1 a0 a > a ; axis:i broadcast:i consumed_inputs:I
Add 6 2,1 a4 a > a ; axis:i broadcast:i
Add 7 2,1 a4 a > a
Add 13 2,1 a5 a > a
Add 14 2,1 a2 a > a
AffineGrid 20 2,1 a3 b6 > a ; align_corners:i
And 1 2,1 a7 a > b7 ; axis:i broadcast:i
And 7 2,1 a7 a > b7
ArgMax 1 1,1 a1 > #6 ; axis:i keepdims:i
ArgMax 12 1,1 a1 > #6 ; axis:i keepdims:i select_last_index:i
ArgMax 13 1,1 a2 > #6 ; axis:i keepdims:i select_last_index:i
ArgMin 1 1,1 a1 > #6 ; axis:i keepdims:i
ArgMin 12 1,1 a1 > #6 ; axis:i keepdims:i select_last_index:i
ArgMin 13 1,1 a2 > #6 ; axis:i keepdims:i select_last_index:i
Asin 7 1,1 a0 > a
Asin 22 1,1 a3 > a
Asinh 9 1,1 a0 > a
Asinh 22 1,1 a3 > a
Atan 7 1,1 a0 > a
Atan 22 1,1 a3 > a
Atanh 9 1,1 a0 > a
Atanh 22 1,1 a3 > a
Attention 23 3,1 a3 a b3 c8? a? b? > a a? b? a? ; is_causal:i kv_num_heads:i q_num_heads:i qk_matmul_output_mode:i scale:f softcap:f softmax_precision:i
Attention 24 3,1 a3 a b3 c8? a? b? #6? > a a? b? a? ; is_causal:i kv_num_heads:i q_num_heads:i qk_matmul_output_mode:i scale:f softcap:f softmax_precision:i
Attention 25 3,1 a3 a b3 c8? a? b? #6? > a a? b? a? ; is_causal:i kv_num_heads:i left_window_size:i q_num_heads:i qk_matmul_output_mode:i right_window_size:i scale:f softcap:f softmax_precision:i
AveragePool 1 1,1 a0 > a ; auto_pad:s kernel_shape:I! pads:I strides:I
AveragePool 7 1,1 a0 > a ; auto_pad:s count_include_pad:i kernel_shape:I! pads:I strides:I
AveragePool 10 1,1 a0 > a ; auto_pad:s ceil_mode:i count_include_pad:i kernel_shape:I! pads:I strides:I
AveragePool 19 1,1 a0 > a ; auto_pad:s ceil_mode:i count_include_pad:i dilations:I kernel_shape:I! pads:I strides:I
AveragePool 22 1,1 a3 > a ; auto_pad:s ceil_mode:i count_include_pad:i dilations:I kernel_shape:I! pads:I strides:I
BatchNormalization 1 5,1 a0 a a a a > a a? a? a? a? ; consumed_inputs:I! epsilon:f is_test:i momentum:f spatial:i
BatchNormalization 6 5,1 a0 a a a a > a a? a? a? a? ; epsilon:f is_test:i momentum:f spatial:i
BatchNormalization 7 5,1 a0 a a a a > a a? a? a? a? ; epsilon:f momentum:f spatial:i
BatchNormalization 9 5,1 a0 a a a a > a a? a? a? a? ; epsilon:f momentum:f
BatchNormalization 14 5,1 a3 a a b3 b > a b? b? ; epsilon:f momentum:f training_mode:i
BatchNormalization 15 5,1 a3 b3 b c3 c > a c? c? ; epsilon:f momentum:f training_mode:i
Bernoulli 15 1,1 a0 > b8 ; dtype:i seed:f
Bernoulli 22 1,1 a3 > b8 ; dtype:i seed:f
BitCast 26 1,1 a9 > b9 ; to:i!
BitShift 11 2,1 a10 a > a ; direction:s!
BitShift 28 2,1 a11 a > a ; direction:s!
BitwiseAnd 18 2,1 a11 a > a
BitwiseNot 18 1,1 a11 > a
BitwiseOr 18 2,1 a11 a > a
BitwiseXor 18 2,1 a11 a > a
BlackmanWindow 17 1,1 a12 > b2 ; output_datatype:i periodic:i
Cast 1 1,1 a13 > b13 ; to:s!
Cast 6 1,1 a13 > b13 ; to:i!
Cast 9 1,1 a14 > b14 ; to:i!
Cast 13 1,1 a15 > b15 ; to:i!
Cast 19 1,1 a16 > b16 ; saturate:i to:i!
Cast 21 1,1 a17 > b17 ; saturate:i to:i!
Cast 23 1,1 a18 > b18 ; saturate:i to:i!
Cast 24 1,1 a19 > b19 ; round_mode:s saturate:i to:i!
Cast 25 1,1 a20 > b20 ; round_mode:s saturate:i to:i!
Cast 28 1,1 a21 > b21 ; round_mode:s saturate:i to:i!
CastLike 15 2,1 a15 b15 > b
CastLike 19 2,1 a16 b16 > b ; saturate:i
CastLike 21 2,1 a17 b17 > b ; saturate:i
CastLike 23 2,1 a18 b18 > b ; saturate:i
CastLike 24 2,1 a19 b19 > b ; round_mode:s saturate:i
CastLike 25 2,1 a20 b20 > b ; round_mode:s saturate:i
CausalConvWithState 27 2,2 a22 a a? a? > a a ; activation:s
Ceil 1 1,1 a0 > a ; consumed_inputs:I
Ceil 6 1,1 a0 > a
Ceil 13 1,1 a3 > a
Celu 12 1,1 a23 > a ; alpha:f
Celu 28 1,1 a3 > a ; alpha:f
CenterCropPad 18 2,1 a24 b12 > a ; axes:I
Clip 1 1,1 a0 > a ; consumed_inputs:I max:f min:f
Clip 6 1,1 a0 > a ; max:f min:f
Clip 11 1,1 a0 a? a? > a
Clip 12 1,1 a1 a? a? > a
Clip 13 1,1 a2 a? a? > a
Col2Im 18 3,1 a24 #6 #6 > a ; dilations:I pads:I strides:I
Compress 9 2,1 a25 b7 > a ; axis:i
Compress 28 2,1 a24 b7 > a ; axis:i
Concat 1 1,1 a0* > a ; axis:i
Concat 4 1,1 a25* > a ; axis:i!
Concat 13 1,1 a24* > a ; axis:i!
ConcatFromSequence 11 1,1 a26 > b25 ; axis:i! new_axis:i
Constant 1 0,1  > a0 ; value:t!
Constant 9 0,1  > a25 ; value:t!
Constant 11 0,1  > a25 ; sparse_value:z value:t
Constant 12 0,1  > a25 ; sparse_value:z value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
Constant 13 0,1  > a24 ; sparse_value:z value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
Constant 19 0,1  > a27 ; sparse_value:z value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
Constant 21 0,1  > a28 ; sparse_value:z value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
Constant 23 0,1  > a29 ; sparse_value:z value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
Constant 24 0,1  > a30 ; sparse_value:z value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
Constant 25 0,1  > a31 ; sparse_value:z value:t value_float:f value_floats:F value_int:i value_ints:I value_string:s value_strings:S
ConstantOfShape 9 1,1 a6 > b13 ; value:t
ConstantOfShape 20 1,1 a6 > b32 ; value:t
ConstantOfShape 21 1,1 a6 > b33 ; value:t
ConstantOfShape 23 1,1 a6 > b34 ; value:t
ConstantOfShape 24 1,1 a6 > b35 ; value:t
ConstantOfShape 25 1,1 a6 > b36 ; value:t
Conv 1 2,1 a0 a a? > a ; auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
Conv 22 2,1 a3 a a? > a ; auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
ConvInteger 10 2,1 a37 b37 a? b? > c38 ; auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
ConvTranspose 1 2,1 a0 a a? > a ; auto_pad:s dilations:I group:i kernel_shape:I output_padding:I output_shape:I pads:I strides:I
ConvTranspose 22 2,1 a3 a a? > a ; auto_pad:s dilations:I group:i kernel_shape:I output_padding:I output_shape:I pads:I strides:I
Cos 7 1,1 a0 > a
Cos 22 1,1 a3 > a
Cosh 9 1,1 a0 > a
Cosh 22 1,1 a3 > a
CumProd 26 2,1 a5 b12 > a ; exclusive:i reverse:i
CumSum 11 2,1 a39 b12 > a ; exclusive:i reverse:i
CumSum 14 2,1 a5 b12 > a ; exclusive:i reverse:i
DFT 17 1,1 a3 b12? > a ; axis:i inverse:i onesided:i
DFT 20 1,1 a3 b12? #6? > a ; inverse:i onesided:i
DeformConv 19 3,1 a0 a a a? a? > a ; dilations:I group:i kernel_shape:I offset_group:i pads:I strides:I
DeformConv 22 3,1 a3 a a a? a? > a ; dilations:I group:i kernel_shape:I offset_group:i pads:I strides:I
DepthToSpace 1 1,1 a25 > a ; blocksize:i!
DepthToSpace 11 1,1 a25 > a ; blocksize:i! mode:s
DepthToSpace 13 1,1 a24 > a ; blocksize:i! mode:s
DequantizeLinear 10 2,1 a40 #23 a? > #23
DequantizeLinear 13 2,1 a40 #23 a? > #23 ; axis:i
DequantizeLinear 19 2,1 a41 b22 a? > b ; axis:i
DequantizeLinear 21 2,1 a42 b22 a? > b ; axis:i block_size:i
DequantizeLinear 23 2,1 a43 b22 a? > c22 ; axis:i block_size:i output_dtype:i
DequantizeLinear 24 2,1 a43 b44 a? > c22 ; axis:i block_size:i output_dtype:i
DequantizeLinear 25 2,1 a45 b44 a? > c22 ; axis:i block_size:i output_dtype:i
DequantizeLinear 28 2,1 a46 b44 a? > c22 ; axis:i block_size:i output_dtype:i
Det 11 1,1 a0 > a
Det 22 1,1 a3 > a
Div 1 2,1 a0 a > a ; axis:i broadcast:i consumed_inputs:I
Div 6 2,1 a4 a > a ; axis:i broadcast:i
Div 7 2,1 a4 a > a
Div 13 2,1 a5 a > a
Div 14 2,1 a2 a > a
Dropout 1 1,1 a0 > a a? ; consumed_inputs:I is_test:i ratio:f
Dropout 6 1,1 a0 > a a? ; is_test:i ratio:f
Dropout 7 1,1 a0 > a a? ; ratio:f
Dropout 10 1,1 a0 > a b7? ; ratio:f
Dropout 12 1,1 a0 b0? c7? > a c? ; seed:i
Dropout 13 1,1 a3 b0? c7? > a c? ; seed:i
Dropout 22 1,1 a47 b47? c7? > a c? ; seed:i
DynamicQuantizeLinear 11 1,3 a23 > b48 #23 b
Einsum 12 1,1 a1* > a ; equation:s!
Einsum 28 1,1 a2* > a ; equation:s!
Elu 1 1,1 a0 > a ; alpha:f consumed_inputs:I
Elu 6 1,1 a0 > a ; alpha:f
Elu 22 1,1 a3 > a ; alpha:f
Equal 1 2,1 a49 a > b7 ; axis:i broadcast:i
Equal 7 2,1 a49 a > b7
Equal 11 2,1 a13 a > b7
Equal 13 2,1 a8 a > b7
Equal 19 2,1 a15 a > b7
Erf 9 1,1 a1 > a
Erf 13 1,1 a3 > a
Exp 1 1,1 a0 > a ; consumed_inputs:I
Exp 6 1,1 a0 > a
Exp 13 1,1 a3 > a
Expand 8 2,1 a25 #6 > a
Expand 13 2,1 a24 #6 > a
EyeLike 9 1,1 a13 > b13 ; dtype:i k:i
EyeLike 22 1,1 a8 > b8 ; dtype:i k:i
Flatten 1 1,1 a0 > a ; axis:i
Flatten 9 1,1 a25 > a ; axis:i
Flatten 13 1,1 a24 > a ; axis:i
Flatten 21 1,1 a28 > a ; axis:i
Flatten 23 1,1 a29 > a ; axis:i
Flatten 24 1,1 a30 > a ; axis:i
Flatten 25 1,1 a31 > a ; axis:i
Floor 1 1,1 a0 > a ; consumed_inputs:I
Floor 6 1,1 a0 > a
Floor 13 1,1 a3 > a
`;
