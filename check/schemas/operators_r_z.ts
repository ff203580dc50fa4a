/** Written by test/check/foreign/make_schemas.py; the format is described in ../schema.ts. */
export const ONNX_RZ = `
RMSNormalization 23 2,1 a3 b3 > b ; axis:i epsilon:f stash_type:i
RNN 1 3,0 a0 a a a? b38? a? > a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i output_sequence:i
RNN 7 3,0 a0 a a a? b38? a? > a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i
RNN 14 3,0 a0 a a a? b38? a? > a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i
RNN 22 3,0 a3 a a a? b38? a? > a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i layout:i
RandomNormal 1 0,1  > a0 ; dtype:i mean:f scale:f seed:f shape:I!
RandomNormal 22 0,1  > a3 ; dtype:i mean:f scale:f seed:f shape:I!
RandomNormalLike 1 1,1 a25 > b0 ; dtype:i mean:f scale:f seed:f
RandomNormalLike 22 1,1 a24 > b3 ; dtype:i mean:f scale:f seed:f
RandomUniform 1 0,1  > a0 ; dtype:i high:f low:f seed:f shape:I!
RandomUniform 22 0,1  > a3 ; dtype:i high:f low:f seed:f shape:I!
RandomUniformLike 1 1,1 a25 > b0 ; dtype:i high:f low:f seed:f
RandomUniformLike 22 1,1 a24 > b3 ; dtype:i high:f low:f seed:f
Range 11 3,1 a78 a a > a
Range 27 3,1 a79 a a > a ; stash_type:i
Reciprocal 1 1,1 a0 > a ; consumed_inputs:I
Reciprocal 6 1,1 a0 > a
Reciprocal 13 1,1 a3 > a
ReduceL1 1 1,1 a4 > a ; axes:I keepdims:i
ReduceL1 13 1,1 a5 > a ; axes:I keepdims:i
ReduceL1 18 1,1 a5 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceL2 1 1,1 a4 > a ; axes:I keepdims:i
ReduceL2 13 1,1 a5 > a ; axes:I keepdims:i
ReduceL2 18 1,1 a5 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceLogSum 1 1,1 a4 > a ; axes:I keepdims:i
ReduceLogSum 13 1,1 a5 > a ; axes:I keepdims:i
ReduceLogSum 18 1,1 a5 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceLogSum 28 1,1 a3 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceLogSumExp 1 1,1 a4 > a ; axes:I keepdims:i
ReduceLogSumExp 13 1,1 a5 > a ; axes:I keepdims:i
ReduceLogSumExp 18 1,1 a5 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceLogSumExp 28 1,1 a3 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceMax 1 1,1 a4 > a ; axes:I keepdims:i
ReduceMax 12 1,1 a80 > a ; axes:I keepdims:i
ReduceMax 13 1,1 a81 > a ; axes:I keepdims:i
ReduceMax 18 1,1 a81 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceMax 20 1,1 a82 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceMean 1 1,1 a4 > a ; axes:I keepdims:i
ReduceMean 13 1,1 a5 > a ; axes:I keepdims:i
ReduceMean 18 1,1 a5 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceMin 1 1,1 a4 > a ; axes:I keepdims:i
ReduceMin 12 1,1 a80 > a ; axes:I keepdims:i
ReduceMin 13 1,1 a81 > a ; axes:I keepdims:i
ReduceMin 18 1,1 a81 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceMin 20 1,1 a82 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceProd 1 1,1 a4 > a ; axes:I keepdims:i
ReduceProd 13 1,1 a5 > a ; axes:I keepdims:i
ReduceProd 18 1,1 a5 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceSum 1 1,1 a4 > a ; axes:I keepdims:i
ReduceSum 13 1,1 a5 #6? > a ; keepdims:i noop_with_empty_axes:i
ReduceSumSquare 1 1,1 a4 > a ; axes:I keepdims:i
ReduceSumSquare 13 1,1 a5 > a ; axes:I keepdims:i
ReduceSumSquare 18 1,1 a5 #6? > a ; keepdims:i noop_with_empty_axes:i
RegexFullMatch 20 1,1 a83 > b7 ; pattern:s
Relu 1 1,1 a0 > a ; consumed_inputs:I
Relu 6 1,1 a0 > a
Relu 13 1,1 a3 > a
Relu 14 1,1 a63 > a
Reshape 1 1,1 a0 > a ; consumed_inputs:I shape:I
Reshape 5 2,1 a25 #6 > a
Reshape 13 2,1 a24 #6 > a
Reshape 14 2,1 a24 #6 > a ; allowzero:i
Reshape 19 2,1 a27 #6 > a ; allowzero:i
Reshape 21 2,1 a28 #6 > a ; allowzero:i
Reshape 23 2,1 a29 #6 > a ; allowzero:i
Reshape 24 2,1 a30 #6 > a ; allowzero:i
Reshape 25 2,1 a31 #6 > a ; allowzero:i
Resize 10 2,1 a25 #23 > a ; mode:s
Resize 11 3,1 a25 b0 #23 #6? > a ; coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f mode:s nearest_mode:s
Resize 13 1,1 a24 b0? #23? #6? > a ; coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f mode:s nearest_mode:s
Resize 18 1,1 a24 b0? #23? #6? > a ; antialias:i axes:I coordinate_transformation_mode:s cubic_coeff_a:f exclude_outside:i extrapolation_value:f keep_aspect_ratio_policy:s mode:s nearest_mode:s
ReverseSequence 10 2,1 a25 #6 > a ; batch_axis:i time_axis:i
ReverseSequence 28 2,1 a24 #6 > a ; batch_axis:i time_axis:i
RoiAlign 10 3,1 a0 a b6 > a ; mode:s output_height:i output_width:i sampling_ratio:i spatial_scale:f
RoiAlign 16 3,1 a0 a b6 > a ; coordinate_transformation_mode:s mode:s output_height:i output_width:i sampling_ratio:i spatial_scale:f
RoiAlign 22 3,1 a3 a b6 > a ; coordinate_transformation_mode:s mode:s output_height:i output_width:i sampling_ratio:i spatial_scale:f
RotaryEmbedding 23 3,1 a22 a a b6? > a ; interleaved:i num_heads:i rotary_embedding_dim:i
Round 11 1,1 a0 > a
Round 22 1,1 a3 > a
STFT 17 2,1 a3 b12 a? b? > a ; onesided:i
Scan 8 2,1 a6? b25~ > b~ ; body:g! directions:I num_scan_inputs:i!
Scan 9 1,1 a25~ > a~ ; body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
Scan 16 1,1 a24~ > a~ ; body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
Scan 19 1,1 a27~ > a~ ; body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
Scan 21 1,1 a28~ > a~ ; body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
Scan 23 1,1 a29~ > a~ ; body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
Scan 24 1,1 a30~ > a~ ; body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
Scan 25 1,1 a31~ > a~ ; body:g! num_scan_inputs:i! scan_input_axes:I scan_input_directions:I scan_output_axes:I scan_output_directions:I
Scatter 9 3,1 a25 b12 a > a ; axis:i
Scatter 11 deprecated
ScatterElements 11 3,1 a25 b12 a > a ; axis:i
ScatterElements 13 3,1 a24 b12 a > a ; axis:i
ScatterElements 16 3,1 a24 b12 a > a ; axis:i reduction:s
ScatterND 11 3,1 a25 #6 a > a
ScatterND 13 3,1 a24 #6 a > a
ScatterND 16 3,1 a24 #6 a > a ; reduction:s
Selu 1 1,1 a0 > a ; alpha:f consumed_inputs:I gamma:f
Selu 6 1,1 a0 > a ; alpha:f gamma:f
Selu 22 1,1 a3 > a ; alpha:f gamma:f
SequenceAt 11 2,1 a26 b12 > c25
SequenceConstruct 11 1,1 a25* > b26
SequenceEmpty 11 0,1  > a26 ; dtype:i
SequenceErase 11 1,1 a26 b12? > a
SequenceInsert 11 2,1 a26 b25 c12? > a
SequenceLength 11 1,1 a26 > b6
SequenceMap 17 1,1 a26 b57~ > a~ ; body:g!
Shape 1 1,1 a25 > b6
Shape 13 1,1 a24 > b6
Shape 15 1,1 a24 > b6 ; end:i start:i
Shape 19 1,1 a27 > b6 ; end:i start:i
Shape 21 1,1 a28 > b6 ; end:i start:i
Shape 23 1,1 a29 > b6 ; end:i start:i
Shape 24 1,1 a30 > b6 ; end:i start:i
Shape 25 1,1 a31 > b6 ; end:i start:i
Shrink 9 1,1 a1 > a ; bias:f lambd:f
Sigmoid 1 1,1 a0 > a ; consumed_inputs:I
Sigmoid 6 1,1 a0 > a
Sigmoid 13 1,1 a3 > a
Sign 9 1,1 a1 > a
Sign 13 1,1 a2 > a
Sin 7 1,1 a0 > a
Sin 22 1,1 a3 > a
Sinh 9 1,1 a0 > a
Sinh 22 1,1 a3 > a
Size 1 1,1 a25 > b6
Size 13 1,1 a24 > b6
Size 19 1,1 a27 > b6
Size 21 1,1 a28 > b6
Size 23 1,1 a29 > b6
Size 24 1,1 a30 > b6
Size 25 1,1 a31 > b6
Slice 1 1,1 a25 > a ; axes:I ends:I! starts:I!
Slice 10 3,1 a25 b12 b b? b? > a
Slice 13 3,1 a24 b12 b b? b? > a
Softmax 1 1,1 a0 > a ; axis:i
Softmax 13 1,1 a3 > a ; axis:i
SoftmaxCrossEntropyLoss 12 2,1 a0 b12 a? > a a? ; ignore_index:i reduction:s
SoftmaxCrossEntropyLoss 13 2,1 a3 b12 a? > a a? ; ignore_index:i reduction:s
Softplus 1 1,1 a0 > a
Softplus 22 1,1 a3 > a
Softsign 1 1,1 a0 > a
Softsign 22 1,1 a3 > a
SpaceToDepth 1 1,1 a25 > a ; blocksize:i!
SpaceToDepth 13 1,1 a24 > a ; blocksize:i!
SpaceToDepth 28 1,1 a24 > a ; blocksize:i! mode:s
Split 1 1,1 a0 a? > a* ; axis:i split:I
Split 2 1,1 a25 > a* ; axis:i split:I
Split 13 1,1 a24 #6? > a* ; axis:i
Split 18 1,1 a24 #6? > a* ; axis:i num_outputs:i
SplitToSequence 11 1,1 a25 b12? > c26 ; axis:i keepdims:i
SplitToSequence 24 1,1 a24 b12? > c26 ; axis:i keepdims:i
Sqrt 1 1,1 a0 > a ; consumed_inputs:I
Sqrt 6 1,1 a0 > a
Sqrt 13 1,1 a3 > a
Squeeze 1 1,1 a25 > a ; axes:I
Squeeze 13 1,1 a24 #6? > a
Squeeze 21 1,1 a28 #6? > a
Squeeze 23 1,1 a29 #6? > a
Squeeze 24 1,1 a30 #6? > a
Squeeze 25 1,1 a31 #6? > a
StringConcat 20 2,1 a83 a > a
StringNormalizer 10 1,1 #83 > #83 ; case_change_action:s is_case_sensitive:i locale:s stopwords:S
StringSplit 20 1,2 a83 > b83 c6 ; delimiter:s maxsplit:i
Sub 1 2,1 a0 a > a ; axis:i broadcast:i consumed_inputs:I
Sub 6 2,1 a4 a > a ; axis:i broadcast:i
Sub 7 2,1 a4 a > a
Sub 13 2,1 a5 a > a
Sub 14 2,1 a2 a > a
Sum 1 1,1 a0* > a ; consumed_inputs:I
Sum 6 1,1 a0* > a
Sum 13 1,1 a3* > a
SwiGLU 28 2,1 a3 a > a ; alpha:f
Swish 24 1,1 a3 > a ; alpha:f
Tan 7 1,1 a0 > a
Tan 22 1,1 a3 > a
Tanh 1 1,1 a0 > a ; consumed_inputs:I
Tanh 6 1,1 a0 > a
Tanh 13 1,1 a3 > a
TensorScatter 24 2,1 a30 a #6? > a ; axis:i mode:s
TfIdfVectorizer 9 1,1 a84 > b23 ; max_gram_length:i! max_skip_count:i! min_gram_length:i! mode:s! ngram_counts:I! ngram_indexes:I! pool_int64s:I pool_strings:S weights:F
ThresholdedRelu 10 1,1 a0 > a ; alpha:f
ThresholdedRelu 22 1,1 a3 > a ; alpha:f
Tile 1 3,1 a0 a a > a
Tile 6 2,1 a25 b6 > a
Tile 13 2,1 a24 b6 > a
TopK 1 1,2 a0 > a b6 ; axis:i k:i!
TopK 10 2,2 a0 #6 > a b6 ; axis:i
TopK 11 2,2 a1 #6 > a b6 ; axis:i largest:i sorted:i
TopK 24 2,2 a2 #6 > a b6 ; axis:i largest:i sorted:i
Transpose 1 1,1 a25 > a ; perm:I
Transpose 13 1,1 a24 > a ; perm:I
Transpose 21 1,1 a28 > a ; perm:I
Transpose 23 1,1 a29 > a ; perm:I
Transpose 24 1,1 a30 > a ; perm:I
Transpose 25 1,1 a31 > a ; perm:I
Trilu 14 1,1 a24 #6? > a ; upper:i
Unique 11 1,1 a25 > a #6? #6? #6? ; axis:i sorted:i
Unique 28 1,1 a24 > a #6? #6? #6? ; axis:i sorted:i
Unsqueeze 1 1,1 a25 > a ; axes:I!
Unsqueeze 13 2,1 a24 #6 > a
Unsqueeze 21 2,1 a28 #6 > a
Unsqueeze 23 2,1 a29 #6 > a
Unsqueeze 24 2,1 a30 #6 > a
Unsqueeze 25 2,1 a31 #6 > a
Upsample 1 1,1 a85 > a ; height_scale:f! mode:s width_scale:f!
Upsample 7 1,1 a25 > a ; mode:s scales:F!
Upsample 9 2,1 a25 #23 > a ; mode:s
Upsample 10 deprecated
Where 9 3,1 a7 b25 b > b
Where 16 3,1 a7 b24 b > b
Xor 1 2,1 a7 a > b7 ; axis:i broadcast:i
Xor 7 2,1 a7 a > b7
`;
