/** Written by test/check/foreign/make_schemas.py; the format is described in ../schema.ts. */
export const MICROSOFT = `
Attention 1 2,1 a22 a a? b38? a? a? b? > a a? ; do_rotary:i mask_filter_value:f num_heads:i! past_present_share_buffer:i qkv_hidden_sizes:I rotary_embedding_dim:i scale:f unidirectional:i
AttnLSTM 1 3,0 a58 a a a? b38? a? a? a? a? a? a? a? b? a? > a? a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i
BeamSearch 1 5,1 a93 b38 b? b b c94? c? d38? d? b? b? b? > b c? c? ; decoder:g! decoder_start_token_id:i early_stopping:i encoder:g eos_token_id:i! init_decoder:g model_type:i no_repeat_ngram_size:i pad_token_id:i! vocab_size:i
BiasAdd 1 3,1 a94 a a > a
BiasDropout 1 2,1 a3 a a? b3? c7? > a c? ; seed:i
BiasGelu 1 2,1 a3 a > a
BiasSoftmax 1 2,1 a0 a > a ; axis:i is_inner_broadcast:i!
BiasSplitGelu 1 2,1 a94 a > a
BifurcationDetector 1 3,2 a6 a a a? > a a ; max_ngram_size:i min_ngram_size:i
BitmaskBiasDropout 1 2,1 a3 a a? b3? c7? > a d95? ; seed:i
BitmaskDropout 1 1,1 a3 b3? c7? > a d95? ; seed:i
BranchwiseRMSNorm 1 1,1 a22 b22? > a ; epsilon:f num_branches:i
CDist 1 2,1 a58 a > a ; metric:s
CausalConvWithState 1 2,2 a22 a a? a? > a a a? ; activation:s channels_last:i dilation:i input_channel_offset:i input_channels:i ndim:i state_channels_last:i state_length:i state_update_capacity:i state_window:i
ComplexMul 1 2,1 a0 a > a
ComplexMulConj 1 2,1 a0 a > a
ConvStateReplay 1 4,1 a94 a a b6 > a
ConvTransposeWithDynamicPads 1 2,1 a0 a #6? a? > a ; auto_pad:s dilations:I group:i kernel_shape:I output_padding:I strides:I
CropAndResize 1 4,1 a0 a b38 b > a ; extrapolation_value:f mode:s
DecoderAttention 1 12,1 a94 a a a a b7? a? a? b b b b > a a? a? ; mask_filter_value:f num_heads:i!
DecoderMaskedMultiHeadAttention 1 1,1 a94 a? a? b38? a? a? a? b? b? b? a? > a a? a? c94? ; mask_filter_value:f num_heads:i! output_qk:i past_present_share_buffer:i scale:f
DecoderMaskedSelfAttention 1 7,2 a94 a a b38? a a? b b? b? > a a ; do_rotary:i mask_filter_value:f num_heads:i! past_present_share_buffer:i scale:f
DequantizeBFP 1 3,1 a48 b6 b > c22 ; bfp_type:i! block_dim:i dtype:i
DequantizeLinear 1 2,1 a96 b94 a? > b ; axis:i
DequantizeWithOrder 1 2,1 a97 b23 > c94 ; order_input:i! order_output:i! to:i!
DynamicQuantizeLSTM 1 12,0 a23 b37 b a? c38? a? a? a? a b a b > a? a? a? ; activation_alpha:F activation_beta:F activations:S clip:f direction:s hidden_size:i input_forget:i
DynamicQuantizeMatMul 1 3,1 a23 b37 a b? a? > a
DynamicSparseAttention 1 11,1 a22 a? b22? c98? c? d22? d? e38 e e e d? d? #6? d? d? d? e? f23? f? > d c? c? e? ; attention_mode:s auxiliary_kv_shared:i do_rotary:i is_causal:i kv_num_heads:i! local_window_size:i num_heads:i! output_bf16:i qk_norm_epsilon:f rotary_interleaved:i rotary_offset:i scale:f selected_kv_source:s smooth_softmax:i
DynamicTimeWarping 1 1,1 a23 > b38
EPContext 1 0,1 a8~ > a~ ; embed_mode:i ep_cache_context:s ep_sdk_version:s hardware_architecture:s main_context:i max_size:i notes:s onnx_model_filename:s partition_name:s source:s
EmbedLayerNormalization 1 7,1 a38 a? b94 b b? b b a? a? > b a? b? ; epsilon:f mask_index_type:i
EngramGate 1 5,1 a22 a a a a a? > a a? ; epsilon:f
ExpandDims 1 2,1 a25 #38 > a
FastGelu 1 1,1 a3 a? > a
FusedConv 1 2,1 a0 a a? a? > a ; activation:s activation_params:F auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
FusedGemm 1 2,1 a4 a a? > a ; activation:s activation_alpha:f activation_beta:f activation_gamma:f alpha:f beta:f transA:i transB:i
FusedMatMul 1 2,1 a3 a > a ; alpha:f transA:i transB:i transBatchA:i transBatchB:i
FusedMatMulActivation 1 2,1 a3 a > a ; activation:s! activation_alpha:f activation_axis:i activation_beta:f activation_gamma:f alpha:f transA:i transB:i transBatchA:i transBatchB:i
GatedAdd 1 3,1 a22 a a a? > a
GatedDeltaNet 1 1,1 a22 a? a? b38? c22? c? d23? d? d? b? b? > a d? d? ; beta_activation:s chunk_size:i gate_activation:s gate_lower_bound:f qk_l2_norm:i scale:f state_update_capacity:i update_rule:s
GatedDeltaNetStateReplay 1 4,1 a23 a a b6 > a
GatedRMSNorm 1 3,1 a22 a a > a ; activation:s epsilon:f
GatedRelativePositionBias 1 6,1 a94 a a a a a b38? > a ; num_heads:i!
GatherBlockQuantized 1 3,1 a99 b12 c22 a? > c ; bits:i block_size:i gather_axis:i quantize_axis:i
GatherND 1 2,1 a25 b12 > a
GatherPacked 1 2,1 a48 b12 > c22 ; K:i! output_dtype:i packed_type:i!
Gelu 1 1,1 a3 > a
GemmFastGelu 1 2,1 a22 a a? > a
GemmFloat8 1 2,1 a100 b100 c22? d23? d? d? > e100 ; activation:s alpha:f beta:f dtype:i transA:i transB:i
GemmaRotaryEmbedding 1 5,2 a23 b101 b b b > b b
GreedySearch 1 2,1 a38 a a? b23? a? a? a? > a ; decoder:g! decoder_start_token_id:i encoder:g eos_token_id:i! init_decoder:g model_type:i no_repeat_ngram_size:i pad_token_id:i! vocab_size:i
GridSample 1 2,1 a25 a > b0 ; align_corners:i mode:s padding_mode:s
GroupNorm 1 3,1 a94 b94 b > a ; activation:i! channels_last:i epsilon:f groups:i!
GroupQueryAttention 1 7,1 a22 a? a? b102? b? c38 c a? a? #6? a? a? d23? d? a? a? c? > a b? b? a? ; causal:i do_rotary:i k_norm_epsilon:f k_quant_type:s kv_cache_bit_width:i kv_num_heads:i! local_window_size:i num_heads:i! q_norm_epsilon:f qk_norm_epsilon:f qk_output:i rotary_interleaved:i scale:f sliding_window_cache:i smooth_softmax:i softcap:f v_quant_type:s
HyperConnectionLowRankMix 1 5,2 a22 a a a a a? a? > a a a? ; epsilon:f gate_div:f gate_mul:f num_branches:i! reduction_scale:f silu_alpha:f
HyperConnectionPostMix 1 3,1 a22 a b22 b? > a ; num_branches:i
HyperConnectionPreMix 1 2,1 a22 b22 > a ; num_branches:i reduction_scale:f
Inverse 1 1,1 a0 > a
Irfft 1 1,1 a0 > a ; normalized:i onesided:i signal_ndim:i!
IsAllFinite 1 1,1 a3* > b7 ; isinf_only:i isnan_only:i
LinearAttention 1 3,2 a22 a a b22? a? a? > a b ; chunk_size:i kv_num_heads:i! q_num_heads:i! scale:f state_window:i update_rule:s
LinearAttentionGate 1 3,1 a22 b23 b a? > a a?
LongformerAttention 1 7,1 a94 a a a a a b38 > a ; num_heads:i! window:i!
MRotaryEmbedding 1 4,1 a22 b6 a a > a ; interleaved:i is_packed_batching:i mrope_layout:i mrope_section:I! num_heads:i rotary_embedding_dim:i scale:f
Mamba2Verify 1 10,3 a103 a b23 a a b b b b c38 > a a b a? b? ; d_state:i epsilon:f head_dim:i heads:i! n_groups:i! time_step_min:f
MatMulBlockQuantizedFp4Weight 1 4,1 a104 b48 c48 d23 d? a? > a ; block_size:i
MatMulBlockQuantizedFp8Weight 1 3,1 a104 b105 c23 c? a? > a ; block_size:i
MatMulBnb4 1 3,1 a22 b48 a > a ; K:i! N:i! block_size:i! quant_type:i! training_mode:i transB:i
MatMulFpQ4 1 3,1 a23 b48 c6 > a ; blk_quant_type:i
MatMulInteger16 1 2,1 a106 b106 > c107
MatMulIntegerToFloat 1 4,1 a37 b37 c94 c a? b? c? > c
MatMulNBits 1 3,1 a22 b48 a c108? d38? a? > a ; K:i! N:i! accuracy_level:i bits:i block_size:i! weight_prepacked:i
MatMulNBitsMlp 1 8,1 a22 a? a? b48 a a? b a a? > a a? ; K:i! N:i! accuracy_level:i activation:s! bits:i block_size:i! epsilon:f
MatMulNBitsQLoRA 1 7,1 a94 b48 a b a b a > a ; K:i! N:i! accuracy_level:i bits:i block_size:i lora_bits:i lora_block_size:i
MatMulNBitsQkv 1 11,3 a22 a? a b48 a a? b a a? b a a? > a a a a? ; K:i! Nkv:i! Nq:i! accuracy_level:i bits:i block_size:i! epsilon:f
MatMulPacked 1 2,1 a104 b48 c23? > a ; K:i! N:i! activation_type:s packed_type:i!
MaxpoolWithMask 1 2,1 a23 #38 > a ; auto_pad:s kernel_shape:I pads:I storage_order:i strides:I
MoE 1 5,1 a22 a a a? a a? a? a? > a ; activation_alpha:f activation_beta:f activation_type:s k:i normalize_routing_weights:i swiglu_fusion:i swiglu_limit:f swiglu_limit_after_activation:i use_sparse_mixer:i
MoEGroupRouter 1 2,0 a22 b23 a? > a? b? b? ; group_topk:i n_group:i router_sentinel:f top_k:i! topk_group:i
MoEPacked 1 5,1 a104 b22 c48 c? c b? > a ; activation_type:s down_type:i! gate_type:i! k:i normalize_routing_weights:i routed_scaling_factor:f routing_epsilon:f up_type:i
MulInteger 1 3,1 a37 a? a a? > b38
MultiHeadAttention 1 1,1 a22 a? a? a? b38? a? a? a? b? b? > a a? a? c22? ; mask_filter_value:f num_heads:i! scale:f unidirectional:i
MurmurHash3 1 1,1 a109 > b107 ; positive:i seed:i
NGramHashMapping 1 3,1 a12 a a a? a? a? #38? > a a? ; max_ngram_size:i! n_head_per_ngram:i! pad_id:i! reset_on_eos:i
NGramRepeatBlock 1 2,1 a6 b23 > b ; ngram_size:i!
NhwcConv 1 2,1 a0 a a? > a ; auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
NhwcFusedConv 1 2,1 a94 a a? a? > a ; activation:s activation_params:F auto_pad:s dilations:I group:i kernel_shape:I pads:I strides:I
NhwcMaxPool 1 1,1 a37 > a ; auto_pad:s ceil_mode:i dilations:I kernel_shape:I! pads:I strides:I
PackedAttention 1 5,1 a94 a a b38 b a? > a ; num_heads:i! qkv_hidden_sizes:I scale:f
PackedMultiHeadAttention 1 6,1 a94 a? a? a? b38 b a? > a ; mask_filter_value:f num_heads:i! scale:f
PackedSparseAttentionIndexer 1 16,6 a22 a? a a a a b38 b a? a? a? c6? d22 a a? b b? b? b? b? b? b? > b b d a a? b a? b? b? ; compress_ratio:i! epsilon:f head_weight_scale:f index_topk:i indexshare_state_policy:s max_output_entries:i policy_mode:s! scale:f state_capacity:i! state_update_capacity:i token_budget:i
PackedSparseAttentionIndexerMerge 1 3,3 a38 a a a? a? a? a? > a a a ; max_output_entries:i! policy_mode:s!
Pad 1 2,1 a0 #6 a? > a ; mode:s
PagedAttention 1 8,1 a104 a? a? b110 b? c38 c c a? a? c? a? a? a? d23? d? c? > a b? b? ; do_rotary:i is_causal:i k_cache_dtype:s k_quant_type:s kv_cache_layout:s kv_num_heads:i! local_window_size:i num_heads:i! qk_norm_epsilon:f rotary_interleaved:i rotary_offset:i scale:f softcap:f v_cache_dtype:s v_head_size:i v_quant_type:s
QAttention 1 5,1 a37 b37 c94 c c d38? a? b? c? > c c? ; do_rotary:i mask_filter_value:f num_heads:i! past_present_share_buffer:i scale:f unidirectional:i
QEmbedLayerNormalization 1 18,2 a38 a? b37 b b? b b a? c23 c c? c c b b b? b b > c a ; epsilon:f
QGemm 1 6,1 a37 b23 a c37 b c d38? b? e37? > f111 ; alpha:f transA:i transB:i
QLinearAdd 1 7,1 a37 #23 a? a #23 a? #23 a? > a
QLinearAveragePool 1 4,1 a37 #23 a? #23 a? > a ; auto_pad:s ceil_mode:i channels_last:i count_include_pad:i kernel_shape:I! pads:I strides:I
QLinearConcat 1 3,1 a23 b37 c111~ > b ; axis:i!
QLinearConv 1 8,1 a37 #23 a b37 #23 b #23 c37 d38? > c ; auto_pad:s channels_last:i dilations:I group:i kernel_shape:I pads:I strides:I
QLinearGlobalAveragePool 1 5,1 a37 #23 a #23 a > a ; channels_last:i
QLinearLeakyRelu 1 4,1 a37 #23 a? #23 a? > a ; alpha:f
QLinearMul 1 7,1 a37 #23 a? a #23 a? #23 a? > a
QLinearReduceMean 1 4,1 a37 #23 a? #23 a? > a ; axes:I! keepdims:i!
QLinearSigmoid 1 4,1 a37 #23 a? #23 a? > a
QLinearSoftmax 1 5,1 a37 #23 a? #23 a > a ; axis:i opset:i!
QLinearWhere 1 9,1 a7 b37 c23 b b c b c b > b
QMoE 1 6,1 a22 a b112 c113? a? b c? a? b? c? a? b? b? b? a? d23? d? d? d? c? c? > a ; accuracy_level:i activation_alpha:f activation_beta:f activation_type:s block_size:i expert_weight_bits:i fc1_expert_weight_bits:i fc2_expert_weight_bits:i fc3_expert_weight_bits:i k:i normalize_routing_weights:i quant_type:s swiglu_fusion:i swiglu_limit:f swiglu_limit_after_activation:i use_sparse_mixer:i weights_prepacked:i
QOrderedAttention 1 17,1 a97 b23 b b b a a a b b b b b b b? b? b c38? a? b? > a ; num_heads:i! order_input:i! order_output:i! order_weight:i! qkv_hidden_sizes:I unidirectional:i
QOrderedGelu 1 3,1 a97 b23 b > a ; order_X:i order_Y:i
QOrderedLayerNormalization 1 5,1 a97 b23 c94 c? b > a ; axis:i epsilon:f order_X:i order_Y:i
QOrderedLongformerAttention 1 14,1 a97 b23 a b b b b c101 a b b b d38 b > a ; num_heads:i! order_global_weight:i! order_input:i! order_output:i! order_weight:i! window:i!
QOrderedMatMul 1 5,1 a97 b23 a b b b? a? b? > a ; order_A:i! order_B:i! order_Y:i!
QuantizeBFP 1 1,3 a22 > b48 c6 c ; bfp_type:i! block_dim:i
QuantizeLinear 1 2,1 a94 a b114? > b ; axis:i
QuantizeWithOrder 1 2,1 a94 b23 > c97 ; order_input:i! order_output:i!
QuickGelu 1 1,1 a3 > a ; alpha:f
RMSNormRotary 1 5,1 a104 b23 c6 d59 d e38? > f104 b? ; epsilon:f flatten_batch:i input_start:i input_width:i output_fp16:i rotary_embedding_dim:i! use_fp32_arithmetic:i
Range 1 2,1 a78 a a? > a
ReduceSumInteger 1 1,1 a37 > b107 ; axes:I! keepdims:i!
RelativePositionBias 1 3,1 a94 b6 b > a ; is_bidirectional:i max_distance:i!
RemovePadding 1 2,4 a94 b38 > a b b b
RestorePadding 1 2,1 a94 b38 > a
Rfft 1 1,1 a0 > a ; normalized:i onesided:i signal_ndim:i
RotaryEmbedding 1 4,1 a22 b6 a a > a ; interleaved:i is_packed_batching:i num_heads:i rotary_embedding_dim:i scale:f
RouterGateUpProj 1 2,2 a104 a > a a ; activation:s activation_alpha:f activation_beta:f limit:f router_size:i!
SampleOp 1 1,1 a4 > a
Sampling 1 2,1 a38 a a? b23? a? a? a? a? a? > a b? ; custom:i decoder:g! decoder_start_token_id:i encoder:g eos_token_id:i! filter_value:f init_decoder:g min_tokens_to_keep:i model_type:i no_repeat_ngram_size:i pad_token_id:i! presence_penalty:f temperature:f top_p:f vocab_size:i
ScaledSiLU 1 1,1 a22 b22? > a ; alpha:f
SkipGroupNorm 1 4,1 a94 b94 b a a? > a a? ; activation:i! channels_last:i epsilon:f groups:i!
SkipLayerNormalization 1 3,1 a22 a a a? a? > a b23? b? a? ; epsilon:f
SkipSimplifiedLayerNormalization 1 3,1 a22 a a a? > a b23? b? a? ; epsilon:f
Snpe 1 1,1 a115* > a* ; DLC:s! notes:s snpe_version:s target_device:s
SparseAttention 1 9,3 a22 a? a? a a b38 b b b a? a? > a a a ; do_rotary:i kv_num_heads:i! num_heads:i! rotary_interleaved:i scale:f sparse_block_size:i!
SparseAttentionIndexer 1 8,2 a22 a? a a a a b6? a a? a? a? c6? d38? a? > d a a? ; compress_ratio:i! epsilon:f head_weight_scale:f index_topk:i policy_mode:s! scale:f token_budget:i
SparsePagedAttention 1 11,1 a104 a? a? b116 b c38 c c c? c c a? a? c? a? a? a? a? a? d23? d? c? > a b? b? ; attention_mode:s auxiliary_cache_layout:s auxiliary_kv_shared:i do_rotary:i is_causal:i k_quant_type:s kv_num_heads:i! local_window_size:i num_heads:i! qk_norm_epsilon:f rotary_interleaved:i rotary_offset:i scale:f selected_kv_source:s softcap:f v_quant_type:s
SparseToDenseMatMul 1 2,1 a88 b39 > b ; alpha:f transA:i transB:i
SpeculativePrefixCommit 1 7,3 a6 a b38 a a a a > b a a ; head_rows:i
SwiGLU 1 1,1 a22 a? > a ; activation_alpha:f activation_beta:f limit:f round_activation:i
Tokenizer 1 1,1 a83 > a ; mark:i! mincharnum:i! pad_value:s! separators:S tokenexp:s
TorchEmbedding 1 2,1 a2 #6 #6? #7? > a
TransposeMatMul 1 2,1 a3 a > a ; alpha:f transA:i transB:i
Trilu 1 1,1 a8 #6? > a ; upper:i
UnfoldTensor 1 1,1 a24 > a ; dim:i size:i! step:i
Unique 1 1,3 a25 > a #6 #6
VarlenCausalConvWithState 1 5,2 a22 a b38 a? a b? a? a? > a a a? ; activation:s delta_offset:i dilation:i group_size:i state_update_capacity:i
VarlenNGramHashMapping 1 4,1 a12 a a b38 a? a? a? #38? b? b? > a a? b? a? ; max_ngram_size:i! n_head_per_ngram:i! pad_id:i! reset_on_eos:i state_update_capacity:i
WhisperBeamSearch 1 5,1 a93 b38 b? b b c94? c? d38? d? b? b? b? b? b? c? > b c? c? e23? c? ; beginning_timestamp_token_id:i decoder:g! decoder_output_cross_qk:i decoder_start_token_id:i early_stopping:i encoder:g eos_token_id:i! init_decoder:g model_type:i no_repeat_ngram_size:i no_speech_token_id:i no_timestamps_token_id:i pad_token_id:i! start_of_lm_token_id:i transcribe_token_id:i translate_token_id:i vocab_size:i
WordConvEmbedding 1 4,1 a38 b23 b b > b ; char_embedding_size:i conv_window_size:i embedding_size:i
`;
