using nietras.SeparatedValues;

namespace Scoring;

/// <summary>The photographs that could not be scored, each with a sentence, in a CSV file; no file where all could be. Thread-safe.</summary>
internal sealed class FailedFile
{
    private static readonly TimeSpan s_betweenNotes = TimeSpan.FromSeconds(1);

    private readonly string _path;
    private readonly SortedDictionary<string, string> _failed = new(StringComparer.Ordinal);
    private readonly Lock _door = new();
    private DateTime _written = DateTime.MinValue;
    private bool _isChanged;

    /// <summary>Goes on with the file of an earlier run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isStillThere">Whether a photograph is still to be scored; lines about others are dropped.</param>
    public FailedFile(string path, Func<string, bool> isStillThere)
    {
        _path = path;
        foreach ((string file, string sentence) in Read(path))
        {
            if (isStillThere(file))
            {
                _failed[file] = sentence;
            }
        }

        _isChanged = File.Exists(path);
    }

    /// <summary>How many there are.</summary>
    public int Count => _failed.Count;

    /// <summary>Notes that a photograph could not be scored.</summary>
    public void Add(string file, string sentence)
    {
        lock (_door)
        {
            _failed[file] = sentence;
            _isChanged = true;
            if (DateTime.UtcNow - _written > s_betweenNotes)
            {
                Write();
            }
        }
    }

    /// <summary>Notes that a photograph was scored.</summary>
    public void Remove(string file)
    {
        lock (_door)
        {
            _isChanged |= _failed.Remove(file);
        }
    }

    /// <summary>Writes what is not written yet.</summary>
    public void Flush()
    {
        lock (_door)
        {
            if (_isChanged)
            {
                Write();
            }
        }
    }

    /// <summary>The lines of such a file.</summary>
    public static IEnumerable<(string File, string Sentence)> Read(string path)
    {
        if (!File.Exists(path))
        {
            yield break;
        }

        using SepReader reader = Sep.New(',').Reader(options => options with { Unescape = true, DisableColCountCheck = true }).FromFile(path);
        foreach (SepReader.Row row in reader)
        {
            if (row.ColCount == 2)
            {
                yield return (row[0].ToString(), row[1].ToString());
            }
        }
    }

    private void Write()
    {
        if (_failed.Count == 0)
        {
            File.Delete(_path);
        }
        else
        {
            using SepWriter writer = Sep.New(',').Writer(options => options with { Escape = true }).ToText();
            foreach ((string file, string sentence) in _failed)
            {
                using SepWriter.Row row = writer.NewRow();
                row["file"].Set(file);
                row["sentence"].Set(sentence);
            }

            ScoringFolder.WriteText(_path, writer.ToString());
        }

        (_written, _isChanged) = (DateTime.UtcNow, false);
    }
}
