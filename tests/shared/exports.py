"""Exports of course systems as teachers get them, small."""

# Canvas: lib/gradebook_exporter.rb of github.com/instructure/canvas-lms writes the
# two lines below the first one, and "(read only)" where nothing can be imported.
CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,Notes,"
    '"Homework 4, sets (301)",Homework (302),Current Score,Final Grade\n'
    ",,,,,,,Manual Posting,,\n"
    "    Points Possible,,,,,,10.00,7.00,(read only),(read only)\n"
    '"Doe, Jane",4711,S1,jdoe,BIO-1,"=likes; \'quotes\', too",9.50,,95.00,A\n'
    '"Ng, Bo",4712,0042,bng@x.edu,BIO-1,,8.00,2.00,80.00,B\n'
    '"Ng, Bo",4713,S3,bng2,BIO-2,,,EX,,\n'
    '"Zoë, Ann",4714,S4,zoe,BIO-2,,,,,\n'
    '"Student, Test",4799,,aaf3,BIO-1,,,,,\n'
)

# Moodle: mod/assign/gradingtable.php and lang/en/assign.php of github.com/moodle/moodle
MOODLE = (
    "Identifier,Full name,ID number,Email address,Status,Grade,Maximum Grade,"
    'Grade can be changed,"Last modified (submission)","Last modified (grade)",'
    '"Feedback comments"\r\n'
    'Participant 12345,Jane Doe,S1,jane@x.edu,"Submitted for grading - ",,10.00,Yes,'
    '"Thursday, 5 November 2026, 10:00 AM",-,\r\n'
    "Participant 12346,Bo Ng,0042,bo@x.edu,Submitted,3.00,10.00,Yes,-,-,old words\r\n"
    "Participant 12347,Ann Zoë,S4,zoe@x.edu,Submitted,,10.00,No,-,-,\r\n"
)
MOODLE_GERMAN = (
    'ID,"Vollständiger Name",E-Mail-Adresse,Status,Bewertung,Bestwertung,'
    '"Bewertung kann geändert werden","Zuletzt geändert (Bewertung)",'
    '"Feedback als Kommentar"\r\n'
    'Teilnehmer/in12345,"Jane Doe",jane@x.de,"Zur Bewertung abgegeben",,"10,00",Ja,'
    "-,\r\n"
)
MOODLE_FRENCH = (
    'Identifiant,"Nom complet",Statut,Note,"Note maximale",Commentaires\r\n'
    'Participant 12345,"Jane Doe",Remis,,"10,00",\r\n'
)
