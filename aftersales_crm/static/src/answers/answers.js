import { Component, markup, onWillStart, useState } from "@odoo/owl";
import { registry } from "@web/core/registry";
import { useDebounced } from "@web/core/utils/timing";
import { useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

/** What may be answered to a case, beside the composer: one click puts it into the answer. */
export class Answers extends Component {
    static template = "aftersales_crm.Answers";
    static props = { ...standardWidgetProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ query: "", templates: [], solutions: [], documents: [], used: {} });
        this.search = useDebounced(() => this.load(), 300);
        onWillStart(() => this.load());
    }

    get caseId() {
        return JSON.parse(this.props.record.data.res_ids || "[]")[0];
    }

    async load() {
        const query = this.state.query;
        const found = await this.orm.silent.call("aftersales.case", "answer_suggestions", [[this.caseId], query || false]);
        if (query === this.state.query) {
            Object.assign(this.state, query ? { solutions: found.solutions, documents: found.documents } : found);
        }
    }

    plain(html) {
        return new DOMParser().parseFromString(html, "text/html").body.textContent;
    }

    async insertTemplate(template) {
        await this.props.record.update({ template_id: { id: template.id } });
    }

    insertSolution(solution) {
        return this.insert(solution.html, `solution_${solution.id}`);
    }

    async insertDocument(document) {
        if (document.url) {
            const link = window.document.createElement("a");
            link.href = document.url;
            link.textContent = document.name;
            return this.insert(`<p>${link.outerHTML}</p>`, `document_${document.id}`);
        }
        await this.props.record.data.attachment_ids.addAndRemove({ add: [document.id] });
        this.state.used[`document_${document.id}`] = true;
    }

    /** Put a text before the signature, after what was written so far. */
    async insert(html, key) {
        const { record } = this.props;
        await record.model._askChanges();
        const body = new DOMParser().parseFromString(record.data.body || "", "text/html").body;
        const part = document.createElement("div");
        part.innerHTML = html;
        body.insertBefore(part, body.querySelector(":scope > .o-signature-container"));
        await record.update({ body: markup(body.innerHTML) });
        this.state.used[key] = true;
    }
}

registry.category("view_widgets").add("aftersales_answers", { component: Answers });
