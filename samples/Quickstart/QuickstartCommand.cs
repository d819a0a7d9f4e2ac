using System.CommandLine;
using GSS.Core;

namespace Quickstart;

/// <summary>The command line.</summary>
internal static class QuickstartCommand
{
    /// <summary>Makes the command that reads the settings and hands them over.</summary>
    public static RootCommand Create(Func<QuickstartSettings, int> run)
    {
        var images = new Option<string>("--images") { HelpName = "DIR", Description = "Your photographs (JPEG or PNG). Without it street scenes are drawn." };
        var labels = new Option<string>("--labels") { HelpName = "DIR", Description = "Your label maps (PNG), each named like its photograph; may be the same folder." };
        var imageSuffix = new Option<string>("--image-suffix") { HelpName = "TEXT", Description = "What photographs' names end with before the extension and label maps' do not, such as _leftImg8bit (Cityscapes)." };
        var labelSuffix = new Option<string>("--label-suffix") { HelpName = "TEXT", Description = "What label maps' names end with, such as _gtFine_labelIds (Cityscapes), _L (CamVid), _mask." };
        var splitList = new Option<string>("--split-list") { HelpName = "FILE", Description = "A text file that names the photographs to train on, one a line, such as ImageSets/Segmentation/train.txt (Pascal VOC)." };
        var validationSplitList = new Option<string>("--val-split-list") { HelpName = "FILE", Description = "The same for those to measure on, from --val-images or else from --images." };
        var onlyLabelled = new Option<bool>("--only-labelled") { Description = "Leaves out photographs without a label map." };
        var classes = new Option<string>("--classes") { HelpName = "NAME|FILE", Description = "camvid, cityscapes, cityscapes-ids, ade20k, voc, or a JSON file that lists your classes." };
        var validationImages = new Option<string>("--val-images") { HelpName = "DIR", Description = "Photographs to measure on. Without it, and without --val-split-list, every tenth pair is held out." };
        var validationLabels = new Option<string>("--val-labels") { HelpName = "DIR", Description = "Label maps for --val-images." };
        Option<int?> epochs = CommandLine.Whole("--epochs", "Passes over the training images.");
        var encoder = new Option<string>("--encoder") { HelpName = "NAME", Description = $"The image encoder: {string.Join(", ", QuickstartEncoders.Names)}.", DefaultValueFactory = _ => QuickstartEncoders.Default };
        var encoderWeights = new Option<string>("--encoder-weights") { HelpName = $"FILE|{QuickstartEncoders.Random}", Description = $"Pretrained weights of that encoder (.safetensors, PyTorch's .pth, .onnx), or {QuickstartEncoders.Random} to start from random ones. {QuickstartEncoders.Default} has ImageNet weights without it. Nothing is ever downloaded." };
        var workspace = new Option<string>("--workspace") { HelpName = "DIR", Description = "Keeps scenes and checkpoints; the same command again goes on from the last one." };
        var output = new Option<string>("--output") { HelpName = "DIR", Description = "Where street.zip and overlays.png go.", DefaultValueFactory = _ => "." };
        Option<int?> seed = CommandLine.Whole("--seed", "Seed of everything random. By default 1.", least: 0);
        var small = new Option<bool>("--small") { Description = "A run of a minute at most on few, small scenes: shows that everything works, not how well." };

        encoder.Validators.Add(result => CommandLine.Require(result, QuickstartEncoders.Names.Contains(result.GetValueOrDefault<string>()), $"--encoder must be one of {string.Join(", ", QuickstartEncoders.Names)}."));

        var command = new RootCommand(
            """
            Trains a segmentation model from photographs and label maps, saves it, loads it again and shows what it sees.

            Without arguments it draws street scenes and trains on them for some minutes on two cores:
              dotnet run --project samples/Quickstart -c Release

            On your own data:
              dotnet run --project samples/Quickstart -c Release -- --images DIR --labels DIR --classes camvid|cityscapes|ade20k|voc|FILE

            Writes street.zip (the ML.NET model) and overlays.png (image, truth, maskige, prediction). Ctrl+C stops cleanly.
            """)
        {
            images, labels, imageSuffix, labelSuffix, splitList, onlyLabelled, classes, validationImages, validationLabels, validationSplitList, epochs, encoder, encoderWeights, workspace, output, seed, small,
        };
        command.Validators.Add(result => CommandLine.Require(result, result.GetResult(images) is null == result.GetResult(labels) is null, "--images and --labels belong together: give both, or neither to draw street scenes."));
        command.Validators.Add(result => CommandLine.Require(result, result.GetResult(images) is null == result.GetResult(classes) is null, "--classes belongs to --images: it names the classes of your label maps (camvid, cityscapes, cityscapes-ids, ade20k, voc, or a JSON file)."));
        command.Validators.Add(result => CommandLine.Require(result, result.GetResult(validationImages) is null == result.GetResult(validationLabels) is null, "--val-images and --val-labels belong together."));
        command.Validators.Add(result => CommandLine.Require(result, result.GetResult(validationImages) is null || result.GetResult(images) is not null, "--val-images needs --images: without your own photographs the validation scenes are drawn too."));
        foreach (Option needsImages in new Option[] { imageSuffix, labelSuffix, splitList, validationSplitList, onlyLabelled })
        {
            command.Validators.Add(result => CommandLine.Require(result, result.GetResult(needsImages) is null || result.GetResult(images) is not null, $"{needsImages.Name} needs --images: it says how your own files are named."));
        }

        command.Validators.Add(result => CommandLine.Require(result, result.GetValue(encoder) != QuickstartEncoders.FromTensorFlow || (result.GetValue(encoderWeights) ?? QuickstartEncoders.Random) != QuickstartEncoders.Random, $"--encoder {QuickstartEncoders.FromTensorFlow} needs --encoder-weights: it is for weights that were trained in TensorFlow; mobilenetv2 starts from random ones."));
        command.Validators.Add(result => CommandLine.Require(result, !result.GetValue(small) || result.GetResult(images) is null, "--small is for the drawn scenes; with --images use --epochs."));
        command.SetAction(result => run(new QuickstartSettings
        {
            Images = result.GetValue(images),
            Labels = result.GetValue(labels),
            Files = new FolderOptions
            {
                ImageSuffix = result.GetValue(imageSuffix) ?? "",
                LabelSuffix = result.GetValue(labelSuffix) ?? "",
                SplitList = result.GetValue(splitList),
                OnlyLabelled = result.GetValue(onlyLabelled),
            },
            ValidationSplitList = result.GetValue(validationSplitList),
            Classes = result.GetValue(classes),
            ValidationImages = result.GetValue(validationImages),
            ValidationLabels = result.GetValue(validationLabels),
            Epochs = result.GetValue(epochs),
            Encoder = result.GetValue(encoder)!,
            EncoderWeights = result.GetValue(encoderWeights),
            Workspace = result.GetValue(workspace),
            Output = result.GetValue(output)!,
            Seed = result.GetValue(seed) ?? 1,
            Small = result.GetValue(small),
        }));
        return command;
    }
}
