using GSS.Core;
using GSS.Torch;

namespace GSS.ML;

/// <content>The options.</content>
public sealed partial class GenerativeSegmenter
{
    /// <summary>The options of <see cref="GenerativeSegmenter"/>.</summary>
    public sealed record Options : GenerativeTrainerOptions
    {
        /// <summary>Gets or sets the column of predicted label maps that the trained model adds.</summary>
        /// <value>The default value is <c>PredictedLabel</c>.</value>
        public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

        /// <summary>Gets or sets the column of predicted maskiges (<c>MLImage</c>) that the trained model adds; null adds none.</summary>
        /// <value>The default value is null.</value>
        public string? MaskigeColumnName { get; set; }

        /// <summary>Gets or sets the column of confidences that the trained model adds: for each pixel, row by row, the softmax probability (0..1) of the token that it was decoded from; null adds none.</summary>
        /// <value>The default value is null.</value>
        public string? ConfidenceColumnName { get; set; }

        /// <summary>Gets or sets where the palette comes from. Ignored when <see cref="Palette"/> is given.</summary>
        /// <value>The default value is <see cref="MaskigeVariant.FF"/>.</value>
        public MaskigeVariant Variant { get; set; }

        /// <summary>Gets or sets how Stage I is run, where <see cref="Variant"/> has something to learn in it.</summary>
        /// <value>The default value is that of each of its options.</value>
        public PosteriorOptions Posterior { get; set; } = new();

        /// <summary>
        /// Gets or sets the file of an X⁻¹ for <see cref="MaskigeVariant.FT"/> or <see cref="MaskigeVariant.FTW"/> that was trained before: <c>.safetensors</c> of <see cref="MaskigeEncodingTransformer.SaveInverse"/>,
        /// <c>.pth</c>, or a released GSS-FT-W checkpoint. Null trains it.
        /// </summary>
        /// <value>The default value is null.</value>
        /// <remarks>It must have been trained with the same <see cref="GenerativeTrainerOptions.Tokenizer"/>, <see cref="Palette"/> and classes.</remarks>
        public string? InverseWeights { get; set; }

        /// <summary>Gets or sets the palette, one colour for each class; null makes one as <see cref="Variant"/> says.</summary>
        /// <value>The default value is null.</value>
        public MaskigePalette? Palette { get; set; }

        /// <summary>
        /// Gets or sets a trained model to start from (paper, Table 7). Its palette is shared: classes of the same name keep their colours, and new ones get others. With <see cref="StartFromEncoder"/> training goes on from its weights
        /// too. It may be for other classes, and is neither changed nor disposed.
        /// </summary>
        /// <value>The default value is null.</value>
        /// <remarks>The tokenizer must be the same. <see cref="Palette"/>, where given, and the colours that <see cref="MaskigeVariant.FFR"/> draws take the place of the model's.</remarks>
        public GenerativeSegmentationTransformer? StartFrom { get; set; }

        /// <summary>Gets or sets whether the weights of <see cref="StartFrom"/> are shared as well: encoder and token head, and the auxiliary head's rows of classes of the same name. The model must have been trained with <see cref="GenerativeTrainerOptions.KeepTrainingWeights"/>. False shares the palette alone.</summary>
        /// <value>The default value is true. Ignored without <see cref="StartFrom"/>.</value>
        public bool StartFromEncoder { get; set; } = true;

        internal SegmentationColumns Columns => new(ImageColumnName, PredictedLabelColumnName, MaskigeColumnName, ConfidenceColumnName, ScoringBatchSize);

        private protected override string? TrainedInverse => InverseWeights;

        internal override SegmentationTrainerOptions CreateDefaults() => new Options();

        internal override void AddFaults(OptionFaults faults)
        {
            base.AddFaults(faults);
            faults.RequireColumn(nameof(PredictedLabelColumnName), PredictedLabelColumnName);
            faults.RequireOptionalColumn(nameof(MaskigeColumnName), MaskigeColumnName);
            faults.RequireOptionalColumn(nameof(ConfidenceColumnName), ConfidenceColumnName);
            faults.RequireDifferent(
                (nameof(PredictedLabelColumnName), PredictedLabelColumnName), (nameof(MaskigeColumnName), MaskigeColumnName), (nameof(ConfidenceColumnName), ConfidenceColumnName));
            faults.Require(Enum.IsDefined(Variant), nameof(Variant), Variant, "FF, FFR, FT, FTW, TF or TT");
            InverseWeightsChecks.AddFaults(faults, Variant, InverseWeights);
            AddStartFaults(faults);
            faults.Require(Posterior is not null, nameof(Posterior), Posterior, "options");
            Posterior?.AddFaults(faults, nameof(Posterior), Variant, hasPhotographs: true);
        }

        private void AddStartFaults(OptionFaults faults)
        {
            if (StartFrom is not { Manifest: var start, Package: var package })
            {
                return;
            }

            faults.Require(Tokenizer is null || start.Tokenizer == Tokenizer.Name, nameof(StartFrom), $"a model whose tokenizer is {start.Tokenizer}", $"one of the same tokenizer as Tokenizer, {Tokenizer}");
            faults.Require(!StartFromEncoder || package.TrainingWeights is not null, nameof(StartFrom), "a model without the weights of its training", "one that was trained with KeepTrainingWeights = true, or StartFromEncoder = false, which shares the palette alone");
        }
    }
}
