import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

DATES = models.Index(fields=['date', 'dateend'], name='confrnce_dates')


def index_dates(apps, schema_editor):
    """Adds an index to a legacy table: Django makes none for a model that it does not manage."""
    model, connection = apps.get_model('conferences', 'Conference'), schema_editor.connection
    with connection.cursor() as cursor:
        if model._meta.db_table not in connection.introspection.table_names(cursor):
            return  # a tenant without the legacy tables
        known = connection.introspection.get_constraints(cursor, model._meta.db_table)
    if DATES.name not in known:
        schema_editor.add_index(model, DATES)


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Conference',
            fields=[
                ('code', models.CharField(db_column='cfcnf', max_length=8, primary_key=True, serialize=False)),
                ('name', models.CharField(blank=True, db_column='cfname', max_length=100, null=True)),
                ('sponsor', models.CharField(blank=True, help_text='Acronym of an account.', max_length=20, null=True)),
                ('active', models.BooleanField(blank=True, null=True)),
                ('date', models.DateField(blank=True, help_text='First day.', null=True)),
                ('dateend', models.DateField(blank=True, help_text='Last day; empty: the first day.', null=True)),
                ('attendance', models.DecimalField(blank=True, db_column='confattend', decimal_places=0, help_text='People; empty: nobody counted yet.', max_digits=5, null=True)),
                ('city', models.CharField(blank=True, db_column='cityid', max_length=6, null=True)),
                ('created_at', models.DateTimeField(blank=True, help_text='In UTC.', null=True)),
                ('updated_at', models.DateTimeField(blank=True, help_text='In UTC.', null=True)),
            ],
            options={
                'db_table': 'confrnce',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Person',
            fields=[
                ('pid', models.IntegerField(primary_key=True, serialize=False)),
                ('first_name', models.CharField(blank=True, db_column='firstnm', max_length=50, null=True)),
                ('last_name', models.CharField(blank=True, db_column='lastnm', max_length=50, null=True)),
                ('email', models.CharField(blank=True, db_column='emailaddr', max_length=254, null=True)),
                ('country', models.CharField(blank=True, db_column='cntry', help_text='ISO 3166-1 alpha-2.', max_length=2, null=True)),
            ],
            options={
                'verbose_name_plural': 'people',
                'db_table': 'people',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='CustomField',
            fields=[
                ('id', models.IntegerField(db_column='fldid', primary_key=True, serialize=False)),
                ('key', models.CharField(blank=True, max_length=30, null=True)),
                ('group', models.CharField(blank=True, max_length=30, null=True)),
                ('order', models.SmallIntegerField(blank=True, null=True)),
                ('label', models.CharField(blank=True, db_column='fldlabel', max_length=150, null=True)),
                ('required', models.BooleanField(blank=True, db_column='fldreqd', null=True)),
            ],
            options={
                'db_table': 'cstmflds',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Abstract',
            fields=[
                ('id', models.IntegerField(db_column='absid', primary_key=True, serialize=False)),
                ('title', models.CharField(blank=True, db_column='abstitle', max_length=255, null=True)),
                ('body', models.TextField(blank=True, db_column='abstext', null=True)),
                ('status', models.CharField(blank=True, choices=[('S', 'Submitted'), ('A', 'Accepted'), ('R', 'Rejected')], db_column='absstat', max_length=1, null=True)),
                ('submitted_at', models.DateTimeField(blank=True, db_column='subdate', help_text='In UTC.', null=True)),
            ],
            options={
                'db_table': 'abstract',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='AbstractAuthor',
            fields=[
                ('pk', models.CompositePrimaryKey('abstract_id', 'person_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('position', models.SmallIntegerField(blank=True, db_column='authord', help_text='1 is the first author.', null=True)),
                ('presenting', models.BooleanField(blank=True, db_column='presntr', null=True)),
                ('affiliation', models.CharField(blank=True, db_column='affil', max_length=120, null=True)),
            ],
            options={
                'db_table': 'absauth',
                'managed': False,
            },
        ),
        migrations.CreateModel(
            name='Registration',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(help_text='Lower case: not every engine compares addresses without case.', max_length=254)),
                ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ('conference', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='registrations', to='conferences.conference')),
            ],
            options={
                'indexes': [models.Index(fields=['-created_at'], name='registration_latest')],
                'constraints': [models.UniqueConstraint(fields=('conference', 'email'), name='one_registration_per_email')],
            },
        ),
        migrations.RunPython(index_dates, migrations.RunPython.noop, atomic=False),
    ]
