using System.Diagnostics;
using System.Globalization;

namespace CamVid;

/// <summary>How long training took, all processes of one run together: a run that was killed and goes on counts from both.</summary>
/// <param name="path">A small file that keeps the seconds.</param>
internal sealed class TrainingClock(string path)
{
    private static readonly TimeSpan s_betweenNotes = TimeSpan.FromSeconds(10);

    private readonly TimeSpan _before = Read(path);
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private TimeSpan _kept;

    /// <summary>Training goes on: keeps the time now and then.</summary>
    public void Tick()
    {
        if (_kept == TimeSpan.Zero || _clock.Elapsed - _kept >= s_betweenNotes)
        {
            Keep();
        }
    }

    /// <summary>Training has ended.</summary>
    /// <returns>The time of the run; where an earlier process had trained to the end, its time.</returns>
    public TimeSpan Stop()
    {
        if (_kept > TimeSpan.Zero)
        {
            Keep();
        }

        return _before + _kept;
    }

    private void Keep()
    {
        _kept = _clock.Elapsed;
        string temporary = $"{path}.tmp";
        File.WriteAllText(temporary, (_before + _kept).TotalSeconds.ToString("R", CultureInfo.InvariantCulture));
        File.Move(temporary, path, overwrite: true);
    }

    private static TimeSpan Read(string path) =>
        File.Exists(path) && double.TryParse(File.ReadAllText(path), NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) && seconds is >= 0 and < 1e9 ? TimeSpan.FromSeconds(seconds) : TimeSpan.Zero;
}
