using System.Reflection;
using GSS.Core;

namespace GSS.ML;

/// <summary>
/// Records as version 0.1.0 wrote them: the arguments of the constructor one after the other, without names. Read for ever, written no more,
/// so a record that gains a property keeps those of 0.1.0 first and gives the new one a default.
/// </summary>
internal static class UnnamedFields
{
    private static readonly NullabilityInfoContext s_nullability = new();

    /// <summary>Reads a record; arguments with a default did not exist then and keep it.</summary>
    public static object Read(BinaryReader reader, Type record)
    {
        ConstructorInfo constructor = record.GetConstructors().Single();
        object?[] values = [.. constructor.GetParameters().Select(parameter => parameter.HasDefaultValue ? parameter.DefaultValue : ReadOne(reader, parameter))];
        return constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, values, null);
    }

    private static object? ReadOne(BinaryReader reader, ParameterInfo parameter) => parameter.ParameterType switch
    {
        var type when type == typeof(string) => IsOptional(parameter) ? reader.ReadOptional() : reader.ReadString(),
        var type when type == typeof(int) => reader.ReadInt32(),
        var type when type == typeof(int?) => reader.ReadInt32() is var number and not 0 ? number : null,
        var type when type == typeof(SegmentationClasses) => SavedJson.ClassesOf(reader.ReadString()),
        var type when type == typeof(MaskigePalette) => SavedJson.PaletteOf(reader.ReadArray()),
        var type => Read(reader, type),
    };

    // The context keeps what it has seen and is not made for threads.
    private static bool IsOptional(ParameterInfo parameter)
    {
        lock (s_nullability)
        {
            return s_nullability.Create(parameter).WriteState == NullabilityState.Nullable;
        }
    }

    /// <summary>What 0.1.0 wrote for a text that may be null: whether it is there, then the text.</summary>
    private static string? ReadOptional(this BinaryReader reader)
    {
        bool given = reader.ReadBoolean();
        string text = reader.ReadString();
        return given ? text : null;
    }
}
