using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace GSS.Core;

/// <summary>The inner loop of nearest-colour decoding: as many pixels at once as the processor's vectors hold, one colour after the other, nothing allocated.</summary>
/// <remarks>
/// Distances are (dr·dr + dg·dg) + db·db in single precision, in the vector loop as in the scalar one. Fused multiply-add would be faster but rounds
/// differently, so that ties between colours would depend on the processor.
/// </remarks>
internal static class NearestColor
{
    public static void Decode(
        ReadOnlySpan<float> r, ReadOnlySpan<float> g, ReadOnlySpan<float> b,
        ReadOnlySpan<float> red, ReadOnlySpan<float> green, ReadOnlySpan<float> blue, Span<byte> ids)
    {
        // Four vectors of indices narrow to one vector of bytes.
        int lane = Vector<float>.Count, done = 0;
        for (; done <= ids.Length - (4 * lane); done += 4 * lane)
        {
            (Vector<uint> first, Vector<uint> second) = NearestOfTwo(r[done..], g[done..], b[done..], red, green, blue);
            int half = done + (2 * lane);
            (Vector<uint> third, Vector<uint> fourth) = NearestOfTwo(r[half..], g[half..], b[half..], red, green, blue);
            Vector.Narrow(Vector.Narrow(first, second), Vector.Narrow(third, fourth)).CopyTo(ids[done..]);
        }

        for (; done < ids.Length; done++)
        {
            ids[done] = Nearest(r[done], g[done], b[done], red, green, blue);
        }
    }

    public static byte Nearest(float r, float g, float b, ReadOnlySpan<float> red, ReadOnlySpan<float> green, ReadOnlySpan<float> blue)
    {
        float nearest = float.PositiveInfinity;
        int id = 0;
        for (int k = 0; k < red.Length; k++)
        {
            float dr = r - red[k], dg = g - green[k], db = b - blue[k];
            float distance = (dr * dr) + (dg * dg) + (db * db);
            if (distance < nearest)
            {
                nearest = distance;
                id = k;
            }
        }

        return (byte)id;
    }

    // Two vectors of pixels share each colour once it is loaded.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (Vector<uint> First, Vector<uint> Second) NearestOfTwo(
        ReadOnlySpan<float> r, ReadOnlySpan<float> g, ReadOnlySpan<float> b,
        ReadOnlySpan<float> red, ReadOnlySpan<float> green, ReadOnlySpan<float> blue)
    {
        int lane = Vector<float>.Count;
        Vector<float> r1 = new(r), g1 = new(g), b1 = new(b);
        Vector<float> r2 = new(r[lane..]), g2 = new(g[lane..]), b2 = new(b[lane..]);
        Vector<float> nearest1 = new(float.PositiveInfinity), nearest2 = nearest1;
        Vector<int> id1 = Vector<int>.Zero, id2 = id1;
        ref float reds = ref MemoryMarshal.GetReference(red);
        ref float greens = ref MemoryMarshal.GetReference(green);
        ref float blues = ref MemoryMarshal.GetReference(blue);
        for (int k = 0; k < red.Length; k++)
        {
            Vector<float> cr = new(Unsafe.Add(ref reds, k)), cg = new(Unsafe.Add(ref greens, k)), cb = new(Unsafe.Add(ref blues, k));
            Vector<int> id = new(k);
            Update(r1 - cr, g1 - cg, b1 - cb, id, ref nearest1, ref id1);
            Update(r2 - cr, g2 - cg, b2 - cb, id, ref nearest2, ref id2);
        }

        return (Vector.AsVectorUInt32(id1), Vector.AsVectorUInt32(id2));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Update(Vector<float> dr, Vector<float> dg, Vector<float> db, Vector<int> id, ref Vector<float> nearest, ref Vector<int> best)
    {
        Vector<float> distance = (dr * dr) + (dg * dg) + (db * db);
        Vector<int> closer = Vector.LessThan(distance, nearest);
        best = Vector.ConditionalSelect(closer, id, best);
        nearest = Vector.ConditionalSelect(closer, distance, nearest);
    }
}
