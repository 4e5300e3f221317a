"""What every page of ours is made of, at the portal and on a key holder's own machine.

environment  templates, escaped always, and the filters that they have
columns      a schema's columns, and how they spread by their owner's word
burn_chart   a budget used up over time
words        numbers as people read them
answer_rows  opened answers as rows of such words
timeline     a job's story, as steps
templates/   the frame, and the parts that pages are put together from
static/      one sheet, one script of comforts, no framework, nothing from elsewhere
"""
