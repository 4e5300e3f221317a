"""Answers as pictures: what form an answer takes, drawn light and dark, with its errors on it.

    forms        what is drawn of an answer: levels, steps or a matrix, in one panel or several
    alt_text     the same in words, for whoever does not see the picture
    number_text  numbers and errors, to the digits that noise leaves
    theme        the palette of the pages, light and dark
    draw_levels, draw_steps, draw_matrix    one form each, on a figure
    chart        an answer's chart, as SVG and PNG
    page         a whole result as one HTML file, which asks nobody for anything

Every number that is drawn has its 95 % interval on it, or beside it; a number that noise left
nothing of keeps its place. Nothing here knows where answers come from.
"""
