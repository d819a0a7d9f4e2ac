using TorchSharp;
using static TorchSharp.torch;

namespace GSS.Torch;

/// <summary>Trains a codebook by exponential moving averages of the codes assigned to each entry; entries that nobody uses are moved onto live codes.</summary>
internal sealed class CodebookAverages : ITrainingQuantizer, IDisposable
{
    private const double CommitmentWeight = 0.25;

    private readonly VectorQuantizer _quantizer;
    private readonly double _decay;
    private readonly Generator _generator;
    private readonly Tensor _counts;
    private readonly Tensor _sums;
    private int _updates;

    public CodebookAverages(VectorQuantizer quantizer, double decay, int seed)
    {
        _quantizer = quantizer;
        _decay = decay;
        _generator = new Generator((ulong)seed);
        _counts = ones(quantizer.Codebook.shape[0]).DetachFromDisposeScope();
        _sums = quantizer.Codebook.clone().DetachFromDisposeScope();
    }

    /// <summary>k-means on one batch of codes <c>[B, D, h, w]</c>.</summary>
    public void StartFrom(Tensor codes)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor rows = Rows(codes);
        long entries = _quantizer.Codebook.shape[0];
        _quantizer.Codebook.copy_(rows.index_select(0, Choose(rows.shape[0], entries)));
        for (int iteration = 0; iteration < 12; iteration++)
        {
            Assign(rows, Nearest(rows), out Tensor counts, out Tensor sums);
            Tensor used = counts.unsqueeze(1).gt(Constant.Of(0));
            Tensor fresh = rows.index_select(0, Choose(rows.shape[0], entries));
            _quantizer.Codebook.copy_(where(used, sums / counts.clamp_min(Constant.Of(1)).unsqueeze(1), fresh));
        }

        _counts.copy_(tensor(rows.shape[0] / (float)entries).expand_as(_counts));
        _sums.copy_(_quantizer.Codebook * _counts.unsqueeze(1));
    }

    /// <summary>The nearest entries, which then move towards the codes; the codes are pulled towards them (commitment loss).</summary>
    public (Tensor Quantized, Tensor Commitment) Quantize(Tensor codes)
    {
        Tensor tokens = _quantizer.Nearest(codes.detach());
        Tensor nearest = _quantizer.Lookup(tokens).detach();
        Update(codes, tokens);
        Tensor commitment = (codes - nearest).square().mean() * Constant.Of(CommitmentWeight);
        return (codes.Plus((nearest - codes).detach()), commitment);
    }

    public IEnumerable<(string Name, Tensor Value)> State =>
        [("codebook", _quantizer.Codebook), ("counts", _counts), ("sums", _sums), ("updates", tensor((long)_updates)), ("choices", _generator.get_state())];

    public void Restore(Func<string, Tensor> read)
    {
        using var noGrad = no_grad();
        _quantizer.Codebook.copy_(read("codebook"));
        _counts.copy_(read("counts"));
        _sums.copy_(read("sums"));
        _updates = (int)read("updates").item<long>();
        _generator.set_state(read("choices"));
    }

    public long InUse()
    {
        using var scope = NewDisposeScope();
        return (_counts > _counts.mean() * Constant.Of(0.02)).sum().item<long>();
    }

    public void Dispose()
    {
        _counts.Dispose();
        _sums.Dispose();
        _generator.Dispose();
    }

    private void Update(Tensor codes, Tensor tokens)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        Tensor rows = Rows(codes);
        Assign(rows, tokens.flatten(), out Tensor counts, out Tensor sums);
        _counts.mul_(Constant.Of(_decay)).add_(counts, Constant.Of(1 - _decay));
        _sums.mul_(Constant.Of(_decay)).add_(sums, Constant.Of(1 - _decay));
        if (++_updates % 50 == 0)
        {
            Revive(rows);
        }

        _quantizer.Codebook.copy_(_sums / _counts.clamp_min(Constant.Of(1e-4)).unsqueeze(1));
    }

    private void Revive(Tensor rows)
    {
        // An entry with less than 2 % of the average use starts anew at a random code of this batch.
        Tensor dead = _counts < _counts.mean() * Constant.Of(0.02);
        Tensor fresh = rows.index_select(0, Choose(rows.shape[0], dead.shape[0]));
        Tensor start = _counts.mean() * Constant.Of(0.2);
        _sums.copy_(where(dead.unsqueeze(1), fresh * start, _sums));
        _counts.copy_(where(dead, start.expand_as(_counts), _counts));
    }

    private Tensor Choose(long from, long count) => randint(0, from, [count], dtype: ScalarType.Int64, generator: _generator);

    private Tensor Nearest(Tensor rows) => ((rows.matmul(_quantizer.Codebook.t()) * Constant.Of(2)) - _quantizer.Codebook.square().sum(1)).argmax(-1);

    private void Assign(Tensor rows, Tensor index, out Tensor counts, out Tensor sums)
    {
        counts = zeros(_counts.shape).index_add_(0, index, ones(index.shape[0]), Constant.Of(1));
        sums = zeros(_sums.shape).index_add_(0, index, rows, Constant.Of(1));
    }

    private static Tensor Rows(Tensor codes) => codes.detach().permute(0, 2, 3, 1).reshape(-1, codes.shape[1]);
}
