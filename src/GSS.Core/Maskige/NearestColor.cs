using System.Numerics;
using System.Runtime.CompilerServices;

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
            int half = done + (2 * lane);
            Vector<ushort> first = NearestOfTwo(r[done..], g[done..], b[done..], red, green, blue);
            Vector<ushort> second = NearestOfTwo(r[half..], g[half..], b[half..], red, green, blue);
            Vector.Narrow(first, second).CopyTo(ids[done..]);
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

    // Two vectors of pixels share each colour once it is loaded. Not inlined and without helpers, so that everything stays in registers.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Vector<ushort> NearestOfTwo(
        ReadOnlySpan<float> r, ReadOnlySpan<float> g, ReadOnlySpan<float> b,
        ReadOnlySpan<float> red, ReadOnlySpan<float> green, ReadOnlySpan<float> blue)
    {
        int lane = Vector<float>.Count;
        Vector<float> r1 = new(r), g1 = new(g), b1 = new(b);
        Vector<float> r2 = new(r[lane..]), g2 = new(g[lane..]), b2 = new(b[lane..]);
        Vector<float> nearest1 = new(float.PositiveInfinity), nearest2 = nearest1;
        Vector<int> id1 = Vector<int>.Zero, id2 = id1;
        for (int k = 0; k < red.Length; k++)
        {
            Vector<float> cr = new(red[k]), cg = new(green[k]), cb = new(blue[k]);
            Vector<int> id = new(k);

            Vector<float> dr = r1 - cr, dg = g1 - cg, db = b1 - cb;
            Vector<float> distance = (dr * dr) + (dg * dg) + (db * db);
            Vector<int> closer = Vector.LessThan(distance, nearest1);
            id1 = Vector.ConditionalSelect(closer, id, id1);
            nearest1 = Vector.ConditionalSelect(closer, distance, nearest1);

            (dr, dg, db) = (r2 - cr, g2 - cg, b2 - cb);
            distance = (dr * dr) + (dg * dg) + (db * db);
            closer = Vector.LessThan(distance, nearest2);
            id2 = Vector.ConditionalSelect(closer, id, id2);
            nearest2 = Vector.ConditionalSelect(closer, distance, nearest2);
        }

        return Vector.Narrow(Vector.AsVectorUInt32(id1), Vector.AsVectorUInt32(id2));
    }
}
