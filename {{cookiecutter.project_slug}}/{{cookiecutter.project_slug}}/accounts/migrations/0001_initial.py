from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Account',
            fields=[
                ('acronym', models.CharField(db_column='ACRONYM', max_length=20, primary_key=True, serialize=False)),
                ('accountname', models.CharField(blank=True, db_column='ACCOUNTNAME', max_length=75, null=True)),
                ('active', models.BooleanField(blank=True, db_column='ACTIVE', help_text='Empty means no.', null=True)),
                ('defaultconf', models.CharField(blank=True, db_column='DEFAULTCONF', help_text="Code of a conference, which is in a tenant's database.", max_length=8, null=True)),
                ('contact_email', models.CharField(blank=True, db_column='CONTACTEML', max_length=254, null=True)),
                ('credit_limit', models.DecimalField(blank=True, db_column='CREDITLMT', decimal_places=2, help_text='In US dollars.', max_digits=9, null=True)),
                ('created_at', models.DateTimeField(blank=True, db_column='CRTDATE', help_text='In UTC.', null=True)),
                ('notes', models.TextField(blank=True, db_column='NOTES', null=True)),
            ],
            options={
                'db_table': 'accounts',
                'managed': False,
            },
        ),
    ]
