/** Written by test/check/foreign/make_schemas.py; the format is described in ../schema.ts. */
export const ML = `
ArrayFeatureExtractor 1 2,1 a86 #6 > a
Binarizer 1 1,1 a87 > a ; threshold:f
CastMap 1 1,1 a88 > b89 ; cast_to:s map_form:s max_map:i
CategoryMapper 1 1,1 a90 > b90 ; cats_int64s:I cats_strings:S default_int64:i default_string:s
DictVectorizer 1 1,1 a88 > b91 ; int64_vocabulary:I string_vocabulary:S
FeatureVectorizer 1 1,1 a87* > #23 ; inputdimensions:I
Imputer 1 1,1 a87 > a ; imputed_value_floats:F imputed_value_int64s:I replaced_value_float:f replaced_value_int64:i
LabelEncoder 1 1,1 a90 > b90 ; classes_strings:S default_int64:i default_string:s
LabelEncoder 2 1,1 a89 > b89 ; default_float:f default_int64:i default_string:s keys_floats:F keys_int64s:I keys_strings:S values_floats:F values_int64s:I values_strings:S
LabelEncoder 4 1,1 a92 > b92 ; default_float:f default_int64:i default_string:s default_tensor:t keys_floats:F keys_int64s:I keys_strings:S keys_tensor:t values_floats:F values_int64s:I values_strings:S values_tensor:t
LinearClassifier 1 1,2 a87 > b90 #23 ; classlabels_ints:I classlabels_strings:S coefficients:F! intercepts:F multi_class:i post_transform:s
LinearRegressor 1 1,1 a87 > #23 ; coefficients:F intercepts:F post_transform:s targets:i
Normalizer 1 1,1 a87 > #23 ; norm:s
OneHotEncoder 1 1,1 a86 > #23 ; cats_int64s:I cats_strings:S zeros:i
SVMClassifier 1 1,2 a87 > b90 #23 ; classlabels_ints:I classlabels_strings:S coefficients:F kernel_params:F kernel_type:s post_transform:s prob_a:F prob_b:F rho:F support_vectors:F vectors_per_class:I
SVMRegressor 1 1,1 a87 > #23 ; coefficients:F kernel_params:F kernel_type:s n_supports:i one_class:i post_transform:s rho:F support_vectors:F
Scaler 1 1,1 a87 > #23 ; offset:F scale:F
TreeEnsemble 5 1,1 a0 > a ; aggregate_function:i leaf_targetids:I! leaf_weights:t! membership_values:t n_targets:i nodes_falseleafs:I! nodes_falsenodeids:I! nodes_featureids:I! nodes_hitrates:t nodes_missing_value_tracks_true:I nodes_modes:t! nodes_splits:t! nodes_trueleafs:I! nodes_truenodeids:I! post_transform:i tree_roots:I!
TreeEnsembleClassifier 1 1,2 a87 > b90 #23 ; base_values:F class_ids:I class_nodeids:I class_treeids:I class_weights:F classlabels_int64s:I classlabels_strings:S nodes_falsenodeids:I nodes_featureids:I nodes_hitrates:F nodes_missing_value_tracks_true:I nodes_modes:S nodes_nodeids:I nodes_treeids:I nodes_truenodeids:I nodes_values:F post_transform:s
TreeEnsembleClassifier 3 1,2 a87 > b90 #23 ; base_values:F base_values_as_tensor:t class_ids:I class_nodeids:I class_treeids:I class_weights:F class_weights_as_tensor:t classlabels_int64s:I classlabels_strings:S nodes_falsenodeids:I nodes_featureids:I nodes_hitrates:F nodes_hitrates_as_tensor:t nodes_missing_value_tracks_true:I nodes_modes:S nodes_nodeids:I nodes_treeids:I nodes_truenodeids:I nodes_values:F nodes_values_as_tensor:t post_transform:s
TreeEnsembleClassifier 5 deprecated
TreeEnsembleRegressor 1 1,1 a87 > #23 ; aggregate_function:s base_values:F n_targets:i nodes_falsenodeids:I nodes_featureids:I nodes_hitrates:F nodes_missing_value_tracks_true:I nodes_modes:S nodes_nodeids:I nodes_treeids:I nodes_truenodeids:I nodes_values:F post_transform:s target_ids:I target_nodeids:I target_treeids:I target_weights:F
TreeEnsembleRegressor 3 1,1 a87 > #23 ; aggregate_function:s base_values:F base_values_as_tensor:t n_targets:i nodes_falsenodeids:I nodes_featureids:I nodes_hitrates:F nodes_hitrates_as_tensor:t nodes_missing_value_tracks_true:I nodes_modes:S nodes_nodeids:I nodes_treeids:I nodes_truenodeids:I nodes_values:F nodes_values_as_tensor:t post_transform:s target_ids:I target_nodeids:I target_treeids:I target_weights:F target_weights_as_tensor:t
TreeEnsembleRegressor 5 deprecated
ZipMap 1 1,1 #23 > a26 ; classlabels_int64s:I classlabels_strings:S
`;

export const PREVIEW = `
FlexAttention 1 3,1 a3 a a > a ; prob_mod:g scale:f score_mod:g softmax_precision:i
`;

export const TRAINING = `
Adagrad 1 3,1 a58 b6 c58~ > c~ ; decay_factor:f epsilon:f norm_coefficient:f
Adam 1 3,1 a58 b6 c58~ > c~ ; alpha:f beta:f epsilon:f norm_coefficient:f norm_coefficient_post:f
Gradient 1 1,1 a25~ > b0~ ; xs:S! y:s! zs:S
Momentum 1 3,1 a58 b6 c58~ > c~ ; alpha:f! beta:f! mode:s! norm_coefficient:f!
`;

export const RUNTIME = `
Affine 1 1,1 a0 > a ; alpha:f beta:f
Affine 10 deprecated
Crop 1 1,1 a0 > a ; border:I scale:I
Crop 10 deprecated
DisentangledAttention_TRT 1 3,1 a94 a a > a ; factor:f! span:i!
DynamicSlice 1 3,1 a25 b12 b b? > a
DynamicSlice 10 deprecated
EfficientNMS_TRT 1 2,4 a94 a a? > #38 a a #38 ; background_class:i! box_coding:i! iou_threshold:f! max_output_boxes:i! plugin_version:s! score_activation:i! score_threshold:f!
GRUUnit 1 4,1 a0 a a a > a ; drop_states:i
GRUUnit 10 deprecated
GivenTensorFill 1 0,1 a0? > a ; extra_shape:I input_as_shape:i shape:I values:F
GivenTensorFill 10 deprecated
ImageScaler 1 1,1 a0 > a ; bias:F scale:f
ImageScaler 10 deprecated
LayerNormalization 1 2,1 a3 b3 b? > b c58? c? ; axis:i epsilon:f stash_type:i
MeanVarianceNormalization 1 1,1 a0 > a ; across_channels:i normalize_variance:i
MemcpyFromHost 1 1,1 a117 > a
MemcpyToHost 1 1,1 a117 > a
MultilevelCropAndResize_TRT 1 5,1 a23 a a a a > a ; image_size:I! plugin_version:s! pooled_size:i!
ParametricSoftplus 1 1,1 a0 > a ; alpha:f beta:f
ParametricSoftplus 10 deprecated
PyramidROIAlign_TRT 1 5,1 a23 a a a a > a ; plugin_version:s! pooled_size:i!
Scale 1 1,1 a0 > a ; scale:f
Scale 10 deprecated
ScaledTanh 1 1,1 a0 > a ; alpha:f beta:f
ScaledTanh 10 deprecated
SimplifiedLayerNormalization 1 2,1 a3 b3 > b c58? ; axis:i epsilon:f stash_type:i
ThresholdedRelu 1 1,1 a0 > a ; alpha:f
`;

export const TYPE_SETS = `
0xc02
0x3cfe
0x13cfe
0x10c02
0x3cc2
0x13cc2
0x80
0x200
0x13efe
0x7fffefe
0x3014
0x30fc
0xc0
0x3efe
0x3ffe
0x13ffe
0x1f3ffe
0x7f3ffe
0xff3ffe
0x1ff3ffe
0x7ff3ffe
0x1fff3ffe
0x10402
0x2
0x1fffe
0xfffe
0x40000000
0x1ffffe
0x7ffffe
0xfffffe
0x1fffffe
0x7fffffe
0x1f3efe
0x7f3efe
0xff3efe
0x1ff3efe
0x7ff3efe
0xc
0x40
0x38c2
0x4c
0x1e004c
0x7e007c
0xfe007c
0x1010402
0x6fe007c
0x1efe007c
0x1f0c02
0x4
0x2c0
0x4001fffe
0xc001fffe
0xc01ffffe
0xc07ffffe
0xc0fffffe
0xc1fffffe
0xc7fffffe
0x4000fffe
0x802
0x10002
0xc0e
0x10c0e
0xcea
0x10cea
0x80000000
0x5ffffffe
0xc000fffe
0xdffffffe
0xcc2
0x10cc2
0x1e000c
0x42
0x10442
0x7e003c
0xfe003c
0x1010442
0x6fe003c
0x1efe003c
0x8e2
0x10ce2
0x3cce
0x13cce
0x13ece
0x100
0x1c0
0xec2
0x9c2
0x8c2
0x100000000
0x182
0x180
0x982
0x9e2
0x442
0x402
0x1000
0x60007c
0x8
0x1040a
0xfe0004
0xb0402
0x400
0x3040e
0x10000
0x10400
0x20000
0x30
0x1040
0x10406
0x39c2
0x3040c
0xe
0x20004
0x1030402
0x60003c
0x16
0x10408
0x401ffefe
`;

/** ONNX 1.23.2, ONNX Runtime 1.32.0. */
export const NEWEST_IR = 14;

export const NEWEST_OPSETS: Readonly<Record<string, number>> = {
  '': 28,
  'ai.onnx.ml': 5,
  'ai.onnx.preview': 1,
  'ai.onnx.preview.training': 1,
  'com.microsoft': 1,
};
