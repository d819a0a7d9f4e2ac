namespace Scoring;

/// <summary>What is scored, and how.</summary>
internal sealed record ScoringSettings
{
    /// <summary>An ML.NET model (<c>.zip</c>) or a model package (<c>.gss</c>).</summary>
    public required string Model { get; init; }

    /// <summary>The folder of photographs; folders in it count.</summary>
    public required string Images { get; init; }

    /// <summary>Where label maps go.</summary>
    public required string Output { get; init; }

    /// <summary>Whether each label map is painted over its photograph too.</summary>
    public bool Overlays { get; init; }

    /// <summary>The side of the windows in which larger photographs are scored, in pixels; null scores them whole.</summary>
    public int? Window { get; init; }

    /// <summary>Whether the model is quantised to int8 first.</summary>
    public bool Int8 { get; init; }

    /// <summary>Threads of ONNX Runtime; 0 means one for each core.</summary>
    public int Threads { get; init; }

    /// <summary>Which photographs are this process's.</summary>
    public Shard Shard { get; init; } = Shard.Whole;
}
