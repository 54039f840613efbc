"""Charts by Matplotlib (extra ``kp2heat[plots]``): numbers in, PNG, PDF or SVG bytes out.

Matplotlib draws without a window or a browser, has perceptually uniform colour maps, and writes SVG of 10 to 40 kB
that an HTML page holds inline without any script, where chart libraries in JavaScript bring 1 to 5 MB.
"""
